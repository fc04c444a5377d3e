//! The head of an HTTP/1.1 message as bytes, for the two who write one themselves: a stream on its connection, and a
//! question to the model's server.

use axum::http::HeaderMap;

/// A head that begins with `first`, a request's or a status line, and ends with its blank line.
pub fn write(first: &str, headers: &HeaderMap) -> Vec<u8> {
    let mut head = Vec::with_capacity(512);
    head.extend_from_slice(first.as_bytes());
    head.extend_from_slice(b"\r\n");
    for (name, value) in headers {
        head.extend_from_slice(name.as_str().as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    head
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, header::HOST};

    use super::*;

    #[test]
    fn a_head_is_lines_and_a_blank_one() {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("a"));
        assert_eq!(
            write("GET / HTTP/1.1", &headers),
            b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
        );
    }
}
