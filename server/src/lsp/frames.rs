//! Messages on a byte stream: headers, a blank line, and a body of JSON (LSP 3.17, base protocol).
//!
//! A client's mistake costs its message, not the session: what is no message is skipped and reported.

use std::io::{self, BufRead, Read, Write};

use serde_json::Value;

/// The largest message that is read, in bytes: a document of 16 MiB, of which each byte is escaped.
const MAX_BODY: usize = 128 << 20;
/// The longest header line, in bytes.
const MAX_HEADER: u64 = 8 << 10;

/// What came.
#[derive(Debug, PartialEq)]
pub(super) enum Frame {
    /// A message.
    Message(Value),
    /// Bytes that are none, in words.
    Garbage(String),
}

/// Reads the next frame; `None` at the end of the stream, also in the middle of a message.
///
/// # Errors
/// What the stream says.
pub(super) fn read(input: &mut impl BufRead) -> io::Result<Option<Frame>> {
    let mut length = None;
    let mut bad = None;
    loop {
        let mut line = Vec::new();
        if input.take(MAX_HEADER).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let Some(line) = line.strip_suffix(b"\n") else {
            bad.get_or_insert_with(|| "a header without an end".to_owned());
            continue;
        };
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            if length.is_some() || bad.is_some() {
                break;
            }
            continue;
        }
        match header(line) {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                match value.parse::<usize>() {
                    Ok(value) => length = Some(value),
                    Err(_) => bad = Some(format!("the length `{value}`")),
                }
            }
            // LSP knows one other header, Content-Type, and one value of it.
            Some(_) => {}
            None => bad = Some("a line that is no header".to_owned()),
        }
    }
    let Some(length) = length else {
        return Ok(bad.map(Frame::Garbage));
    };
    if length > MAX_BODY {
        let skipped = io::copy(&mut input.take(length as u64), &mut io::sink())?;
        return Ok((skipped == length as u64)
            .then(|| Frame::Garbage(format!("a message of {length} bytes"))));
    }
    let mut body = Vec::new();
    if input.take(length as u64).read_to_end(&mut body)? < length {
        return Ok(None);
    }
    Ok(Some(match serde_json::from_slice(&body) {
        Ok(value) => Frame::Message(value),
        Err(error) => Frame::Garbage(format!("no JSON: {error}")),
    }))
}

/// Writes a message.
///
/// # Errors
/// What the stream says.
pub(super) fn write(output: &mut impl Write, body: &[u8]) -> io::Result<()> {
    write!(output, "Content-Length: {}\r\n\r\n", body.len())?;
    output.write_all(body)
}

fn header(line: &[u8]) -> Option<(&str, &str)> {
    let (name, value) = std::str::from_utf8(line).ok()?.split_once(':')?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (!name.is_empty() && name.bytes().all(is_name)).then(|| (name, value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn all(mut input: &[u8]) -> Vec<Frame> {
        std::iter::from_fn(|| read(&mut input).unwrap()).collect()
    }

    #[test]
    fn what_is_written_is_read() {
        let mut bytes = Vec::new();
        for text in ["{}", "[1,\"é\"]"] {
            write(&mut bytes, text.as_bytes()).unwrap();
        }
        let expected = [json!({}), json!([1, "é"])].map(Frame::Message);
        assert_eq!(all(&bytes), expected);
    }

    #[test]
    fn garbage_costs_only_itself() {
        let good = "Content-Length: 2\r\n\r\n{}";
        for bad in [
            "garbage\r\n\r\n",
            "Content-Length: x\r\n\r\n",
            "Content-Length: -2\n\n",
            "Content-Length: 3\r\n\r\n{,}",
            "Content-Length: 2\r\n\r\n\u{e9}",
            "Content-Type: a\r\nGarbage\r\n\r\n",
        ] {
            let frames = all(format!("{good}{bad}{good}").as_bytes());
            assert_eq!(frames.len(), 3, "{bad:?}");
            assert_eq!(frames[0], Frame::Message(json!({})), "{bad:?}");
            assert!(matches!(frames[1], Frame::Garbage(_)), "{bad:?}");
            assert_eq!(frames[2], Frame::Message(json!({})), "{bad:?}");
        }
    }

    #[test]
    fn headers_in_any_case_and_order() {
        let text =
            "content-type: application/vscode-jsonrpc; charset=utf-8\r\ncontent-length:2\r\n\r\n{}";
        assert_eq!(all(text.as_bytes()), [Frame::Message(json!({}))]);
    }

    #[test]
    fn a_truncated_message_ends_the_stream() {
        for text in ["", "Content-Len", "Content-Length: 5\r\n\r\n{}", "\r\n\r\n"] {
            assert_eq!(all(text.as_bytes()), [], "{text:?}");
        }
        let text = format!("Content-Length: {}\r\n\r\n{{}}", usize::MAX);
        assert_eq!(all(text.as_bytes()), []);
    }
}
