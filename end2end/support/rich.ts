// An answer that has something of everything.
const FENCE = '```';

export const RICH = `# Brooks

A **brook** is *small*; see [the map](https://example.com/map). It costs $5, or \`0\`.

- [x] found
- [ ] lost

1. One
2. Two

> [!NOTE]
> Quiet here.

> Said somebody.

| Name | Length |
|---|--:|
| Windle | 12 |

${FENCE}rust
let brook = "small";
${FENCE}

Area: $a^2$ ![A brook](https://pictures.example/b.png)[^1]

---

~~gone~~ <b>not bold</b>

[^1]: A zebrafinch said so.`;
