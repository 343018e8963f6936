//! Reads a zstd stream, which may hold several frames, some of them to be skipped.

use std::io::{self, BufRead, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// What a stream holds.
pub(super) struct Zstd<R> {
    source: R,
    decoder: FrameDecoder,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    BetweenFrames,
    InFrame,
    /// At the end or after an error.
    Done,
}

impl<R: BufRead> Zstd<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            decoder: FrameDecoder::new(),
            state: State::BetweenFrames,
        }
    }

    /// Begins the next frame.
    fn begin(&mut self) -> io::Result<State> {
        if self.source.fill_buf()?.is_empty() {
            return Ok(State::Done);
        }
        match self.decoder.init(&mut self.source) {
            Ok(()) => Ok(State::InFrame),
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length,
                ..
            })) => {
                io::copy(&mut (&mut self.source).take(length.into()), &mut io::sink())?;
                Ok(State::BetweenFrames)
            }
            Err(error) => Err(io::Error::other(error)),
        }
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            // Stays so when an error is returned.
            match std::mem::replace(&mut self.state, State::Done) {
                State::Done => return Ok(0),
                State::BetweenFrames => self.state = self.begin()?,
                State::InFrame if self.decoder.can_collect() > 0 => {
                    self.state = State::InFrame;
                    return self.decoder.read(into);
                }
                State::InFrame if self.decoder.is_finished() => self.state = State::BetweenFrames,
                State::InFrame => {
                    let one = BlockDecodingStrategy::UptoBlocks(1);
                    let decoded = self.decoder.decode_blocks(&mut self.source, one);
                    decoded.map_err(io::Error::other)?;
                    self.state = State::InFrame;
                }
            }
        }
    }
}
