//! The models that are always there. What they say is a script like any
//! other; the demo's words live in `demo`.

use serde_json::{Value, json};

use crate::script::{Script, ScriptError, canonical};
use crate::words::random;

/// The name of the model that the built-in demo talks with.
pub const DEMO: &str = "brooklet-demo";

/// The names of the catalogue, in the order of `/api/tags`.
pub const CATALOGUE: [&str; 4] = [
    MODELS[0].name,
    MODELS[1].name,
    MODELS[2].name,
    MODELS[3].name,
];

/// A model as `/api/tags` and `/api/show` describe it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Model {
    name: &'static str,
    pub(crate) script: &'static str,
    modified: &'static str,
    family: &'static str,
    parameters: &'static str,
    size: u64,
    context: u64,
    embedding: u64,
    capabilities: &'static [&'static str],
}

const MODELS: &[Model] = &[
    Model {
        name: DEMO,
        script: "rate=45,delay=300ms",
        modified: "2026-08-04T12:00:00.5Z",
        family: "script",
        parameters: "0B",
        size: 4_096,
        context: 8_192,
        embedding: 384,
        capabilities: &["completion"],
    },
    Model {
        name: "llama3.2",
        script: "tokens=160,rate=40",
        modified: "2026-08-03T09:30:00.123456789Z",
        family: "llama",
        parameters: "3.2B",
        size: 2_019_393_189,
        context: 131_072,
        embedding: 3_072,
        capabilities: &["completion", "tools"],
    },
    Model {
        name: "qwen3",
        script: "thinking=60,tokens=160,rate=60,seed=3",
        modified: "2026-08-02T18:45:12.25Z",
        family: "qwen3",
        parameters: "8.2B",
        size: 5_225_388_164,
        context: 40_960,
        embedding: 4_096,
        capabilities: &["completion", "tools", "thinking"],
    },
    Model {
        name: "slow",
        script: "tokens=100,rate=5,seed=5",
        modified: "2026-08-01T07:00:00Z",
        family: "llama",
        parameters: "70.6B",
        size: 42_520_413_916,
        context: 131_072,
        embedding: 8_192,
        capabilities: &["completion"],
    },
];

/// What a model that is a script looks like in `/api/show` and `/api/ps`.
const SCRIPTED: Model = Model {
    name: "sim",
    script: "",
    modified: "2026-08-01T00:00:00Z",
    family: "script",
    parameters: "0B",
    size: 4_096,
    context: 32_768,
    embedding: 384,
    capabilities: &["completion", "tools", "vision"],
};

impl Model {
    /// The model of the catalogue with the canonical name `name`.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        MODELS.iter().find(|model| model.name == name)
    }

    /// How the model `name`, of the catalogue or a script, looks from outside.
    pub(crate) fn describe(name: &str) -> Result<Self, ScriptError> {
        let script = Script::parse(name)?;
        let scripted = if script.can_think() {
            Self {
                capabilities: &["completion", "tools", "vision", "thinking"],
                ..SCRIPTED
            }
        } else {
            SCRIPTED
        };
        Ok(Self::find(&canonical(name)).copied().unwrap_or(scripted))
    }

    pub(crate) fn is_demo(&self) -> bool {
        self.name == DEMO
    }

    pub(crate) fn can(&self, capability: &str) -> bool {
        self.capabilities.contains(&capability)
    }

    pub(crate) const fn context(&self) -> u64 {
        self.context
    }

    fn details(&self) -> Value {
        json!({
            "parent_model": "",
            "format": "gguf",
            "family": self.family,
            "families": [self.family],
            "parameter_size": self.parameters,
            "quantization_level": "Q4_K_M",
            "context_length": self.context,
            "embedding_length": self.embedding,
        })
    }

    /// What `/api/tags` and `/api/ps` both say of the model called `name`.
    pub(crate) fn entry(&self, name: &str) -> Value {
        let name = if name.contains(':') {
            name.to_owned()
        } else {
            format!("{name}:latest")
        };
        json!({
            "digest": digest(&name),
            "name": name,
            "model": name,
            "size": self.size,
            "details": self.details(),
        })
    }

    /// What `/api/tags` says of the model called `name`.
    pub(crate) fn listed(&self, name: &str) -> Value {
        let mut entry = self.entry(name);
        entry["modified_at"] = self.modified.into();
        entry["capabilities"] = self.capabilities.into();
        entry
    }

    /// The answer of `/api/show`.
    pub(crate) fn show(&self) -> Value {
        let family = self.family;
        json!({
            "license": "None: there is no model here, only a script.",
            "modelfile": format!("FROM {}\n", self.name),
            "parameters": "temperature                    0.8",
            "template": "{{ .Prompt }}",
            "details": self.details(),
            "model_info": {
                "general.architecture": family,
                "general.parameter_count": 0,
                format!("{family}.context_length"): self.context,
                format!("{family}.embedding_length"): self.embedding,
                "tokenizer.ggml.tokens": null,
            },
            "capabilities": self.capabilities,
            "modified_at": self.modified,
        })
    }
}

/// Sixty-four hexadecimal digits that belong to `name`.
pub(crate) fn digest(name: &str) -> String {
    let mut state = name.bytes().fold(0, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (0..4)
        .map(|_| format!("{:016x}", random(&mut state)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_scripted() {
        for name in CATALOGUE {
            let (script, model) = (Script::parse(name), Model::describe(name));
            assert_eq!(
                script.map(|s| s.can_think()),
                model.map(|m| m.can("thinking")),
                "{name}"
            );
        }
    }
}
