"""Tiny models of the `llama` architecture, which always say the same: for tests with a real engine.

Attention and feed-forward weights are zero and the embeddings one-hot, so what is left of the net is a table "after this
token comes that one", which stands in `output.weight`. So every token of a script is there once. An answer begins after the
last byte of the prompt, which is a line feed.
"""

import gguf
import numpy as np

NORMAL, UNKNOWN, CONTROL, USER, BYTE = 1, 2, 3, 4, 6  # gguf's kinds of tokens
END = "<|im_end|>"

# What each model says. A byte is a token of its own, so an emoji comes in four.
SCRIPTS = {
    "text": ["▁Hello", "!", "▁naïve", "▁**bold**", "▁`code`", "\n\n", "▁done", "."]
    + ["<0x%02X>" % byte for byte in "🎉".encode()],
    "think": ["<think>", "\n\n", "Step", "▁one,", "▁two.\n", "</think>", "\n\n\n", "Answer:", "▁42", "."],
    "tool": ["<tool_call>", '\n{"name":', '▁"get_weather",', '▁"arguments":', '▁{"city":', '▁"Paris"}}\n', "</tool_call>"],
    "endless": ["▁and", "▁on", "▁it", "▁goes"],
}
SPECIAL = {"think": ["<think>", "</think>"], "tool": ["<tool_call>", "</tool_call>"]}

PLAIN = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
# By what it says of thoughts and tools an engine knows what a model can do.
RICH = """{%- if tools %}<|im_start|>system
You may call functions. Signatures within <tools></tools>:
<tools>{% for t in tools %}
{{ t | tojson }}{% endfor %}
</tools>
Reply with <tool_call>
{"name": <fn>, "arguments": <args>}
</tool_call><|im_end|>
{% endif %}{%- for m in messages %}{%- if m.role == 'assistant' %}<|im_start|>assistant
{% if m.reasoning_content %}<think>
{{ m.reasoning_content }}
</think>

{% endif %}{{ m.content or '' }}{% for call in m.tool_calls or [] %}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>{% endfor %}<|im_end|>
{% elif m.role == 'tool' %}<|im_start|>user
<tool_response>
{{ m.content }}
</tool_response><|im_end|>
{% else %}<|im_start|>{{ m.role }}
{{ m.content }}<|im_end|>
{% endif %}{%- endfor %}{%- if add_generation_prompt %}<|im_start|>assistant
{% if enable_thinking is defined and enable_thinking is false %}<think>

</think>

{% endif %}{% endif %}"""


def make(name, path):
    """Writes the model that says `SCRIPTS[name]` to `path`."""
    script = SCRIPTS[name]
    tokens = [("<unk>", UNKNOWN), ("<s>", CONTROL), ("</s>", CONTROL)]
    tokens += [(f"<0x{byte:02X}>", BYTE) for byte in range(256)]
    tokens += [("<|im_start|>", CONTROL), (END, CONTROL)]
    tokens += [(token, USER) for token in SPECIAL.get(name, [])]
    known = {token for token, _ in tokens}
    tokens += [(token, NORMAL) for token in script if token not in known]
    ids = {token: number for number, (token, _) in enumerate(tokens)}
    count = len(tokens)
    # Heads of 64; wide enough for one-hot embeddings.
    width = max(128, -(-count // 64) * 64)
    hidden = 64

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name(f"tiny-{name}")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_context_length(4096)
    writer.add_embedding_length(width)
    writer.add_block_count(1)
    writer.add_feed_forward_length(hidden)
    writer.add_head_count(width // 64)
    writer.add_head_count_kv(width // 64)
    writer.add_rope_dimension_count(64)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(count)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([token for token, _ in tokens])
    writer.add_token_types([kind for _, kind in tokens])
    writer.add_token_scores([-float(number) for number in range(count)])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(ids[END])
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(RICH if name in SPECIAL else PLAIN)

    embedding = np.zeros((count, width), np.float32)
    embedding[np.arange(count), np.arange(count)] = 1
    output = np.zeros((count, width), np.float32)
    chain = ["<0x0A>", *script, script[0] if name == "endless" else END]
    for before, after in zip(chain, chain[1:]):
        output[ids[after], ids[before]] = 2.0
    nothing = lambda rows, columns: np.zeros((rows, columns), np.float32)
    ones = np.ones(width, np.float32)
    writer.add_tensor("token_embd.weight", embedding)
    writer.add_tensor("output_norm.weight", ones)
    writer.add_tensor("output.weight", output)
    for part in ("attn_norm", "ffn_norm"):
        writer.add_tensor(f"blk.0.{part}.weight", ones)
    for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
        writer.add_tensor(f"blk.0.{part}.weight", nothing(width, width))
    writer.add_tensor("blk.0.ffn_gate.weight", nothing(hidden, width))
    writer.add_tensor("blk.0.ffn_up.weight", nothing(hidden, width))
    writer.add_tensor("blk.0.ffn_down.weight", nothing(width, hidden))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
