//! Which models are loaded, and until when. How long a load takes is the
//! script's business.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

use crate::clock;

/// How long a model stays loaded after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeepAlive {
    For(Duration),
    Forever,
}

impl Default for KeepAlive {
    fn default() -> Self {
        Self::For(Duration::from_secs(300))
    }
}

/// What Go's longest duration makes of "forever": 292 years.
const FOREVER: Duration = Duration::from_nanos(i64::MAX as u64);

impl KeepAlive {
    /// Reads a number of seconds or a Go duration; negative is forever.
    pub(crate) fn parse(value: &Value) -> Result<Self, String> {
        let seconds = |s: f64| Duration::try_from_secs_f64(s).map_or(Self::Forever, Self::For);
        match value {
            Value::Null => Ok(Self::default()),
            Value::Number(number) => Ok(seconds(number.as_f64().unwrap_or(-1.0))),
            Value::String(text) => match text.strip_prefix('-') {
                Some(text) => clock::duration(text).map(|_| Self::Forever),
                None => clock::duration(text).map(Self::For),
            },
            other => Err(format!(
                "json: cannot unmarshal {other} into Go value of type api.Duration"
            )),
        }
    }

    pub(crate) const fn is_zero(self) -> bool {
        matches!(self, Self::For(Duration::ZERO))
    }

    /// When a model that is kept so from now on expires.
    fn end(self) -> Duration {
        match self {
            Self::For(time) => clock::since_epoch().saturating_add(time),
            Self::Forever => clock::since_epoch() + FOREVER,
        }
    }
}

/// The loaded models by name, each with the time since 1970 when it expires.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    models: Mutex<BTreeMap<String, Duration>>,
}

impl Memory {
    /// Those still loaded, and until when.
    pub(crate) fn loaded(&self) -> Vec<(String, Duration)> {
        let now = clock::since_epoch();
        let mut models = self.models();
        models.retain(|_, expires| *expires > now);
        models
            .iter()
            .map(|(name, expires)| (name.clone(), *expires))
            .collect()
    }

    /// Returns when `name` is loaded: at once if it is already, else after
    /// `time`. Dropped before that, the load is aborted, as in Ollama.
    pub(crate) async fn load(&self, name: &str, time: Duration) {
        let now = clock::since_epoch();
        let loaded = self
            .models()
            .get(name)
            .is_some_and(|expires| *expires > now);
        if !loaded && !time.is_zero() {
            tokio::time::sleep(time).await;
        }
        // In use: the answer's end sets the real time.
        self.models()
            .insert(name.to_owned(), KeepAlive::Forever.end());
    }

    /// An answer of the model `name` has ended: its time begins, or it goes.
    /// One that never got as far as being loaded is left alone.
    pub(crate) fn rest(&self, name: &str, keep_alive: KeepAlive) {
        let mut models = self.models();
        if keep_alive.is_zero() {
            models.remove(name);
        } else if let Some(expires) = models.get_mut(name) {
            *expires = keep_alive.end();
        }
    }

    /// The model `name` is not there any more.
    pub(crate) fn forget(&self, name: &str) {
        self.models().remove(name);
    }

    fn models(&self) -> MutexGuard<'_, BTreeMap<String, Duration>> {
        self.models.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keep_alive_is_a_number_or_a_duration() {
        let minute = Ok(KeepAlive::For(Duration::from_secs(60)));
        assert_eq!(KeepAlive::parse(&json!(60)), minute);
        assert_eq!(KeepAlive::parse(&json!("1m")), minute);
        assert_eq!(KeepAlive::parse(&json!(-1)), Ok(KeepAlive::Forever));
        assert_eq!(KeepAlive::parse(&json!("-1m")), Ok(KeepAlive::Forever));
        assert_eq!(KeepAlive::parse(&Value::Null), Ok(KeepAlive::default()));
        assert!(KeepAlive::parse(&json!(0)).is_ok_and(KeepAlive::is_zero));
        assert!(KeepAlive::parse(&json!("10")).is_err());
        assert!(KeepAlive::parse(&json!([])).is_err());
    }
}
