//! How long a file plays, read from its bytes: WAV with the codecs of telephones, and MP3.
//!
//! Every number in a file is somebody else's: none is trusted further than the bytes that are there.

use std::time::Duration;

/// The largest file that is served.
pub const LARGEST_AUDIO: u64 = 10 * 1024 * 1024;
/// Nobody listens to more before a choice.
const LONGEST: Duration = Duration::from_secs(180);
/// Of what stands before the first frame, such as pictures in a tag of a kind that is not known here.
const MOST_BEFORE_A_FRAME: usize = 64 * 1024;

/// A file under `ivr-flows/audio/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioFile {
    /// Its name: `hello.wav`.
    pub name: String,
    /// How long it plays, or why it cannot be played.
    pub length: Result<Duration, BadAudio>,
}

/// Why a file cannot be played to a caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAudio {
    /// It cannot be read.
    #[error("it cannot be read")]
    Unreadable,
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// It has more than 10 MB.
    #[error("it is larger than 10 MB")]
    TooLarge,
    /// It plays for more than three minutes.
    #[error("it plays for {} s, and nobody listens to more than {} s", .0.as_secs(), LONGEST.as_secs())]
    TooLong(Duration),
    /// Not what its name says, or in a codec that no telephone provider plays.
    #[error("it is not a {0} file that a telephone provider plays")]
    Unknown(&'static str),
}

impl BadAudio {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable => "look at its owner and its permissions",
            Self::Empty | Self::Unknown(_) => {
                "save it again as WAV (PCM or mu-law) or as MP3; 8 kHz mono is what a telephone carries"
            }
            Self::TooLarge => "save it as 8 kHz mono, which is what a telephone carries",
            Self::TooLong(_) => "cut it, or say the rest in another step",
        }
    }
}

impl AudioFile {
    /// The file of that name and content. By its name it is WAV or MP3.
    pub fn of(name: &str, bytes: &[u8]) -> Self {
        Self { name: name.to_owned(), length: length(name, bytes) }
    }
}

fn length(name: &str, bytes: &[u8]) -> Result<Duration, BadAudio> {
    if bytes.is_empty() {
        return Err(BadAudio::Empty);
    }
    if bytes.len() as u64 > LARGEST_AUDIO {
        return Err(BadAudio::TooLarge);
    }
    let length = if name.ends_with(".wav") {
        wav(bytes).ok_or(BadAudio::Unknown("WAV"))?
    } else {
        mp3(bytes).ok_or(BadAudio::Unknown("MP3"))?
    };
    match length {
        length if length.is_zero() => Err(BadAudio::Empty),
        length if length > LONGEST => Err(BadAudio::TooLong(length)),
        length => Ok(length),
    }
}

/// RIFF: pieces with a name and a length each, among them `fmt ` and then `data`.
fn wav(bytes: &[u8]) -> Option<Duration> {
    const PCM: u16 = 1;
    const A_LAW: u16 = 6;
    const MU_LAW: u16 = 7;
    /// The codec stands in the first bytes of a longer name.
    const EXTENSIBLE: u16 = 0xfffe;
    if bytes.get(..4)? != b"RIFF" || bytes.get(8..12)? != b"WAVE" {
        return None;
    }
    let (mut rest, mut bytes_per_second) = (&bytes[12..], None);
    loop {
        let (name, size) = (rest.get(..4)?, little_u32(rest, 4)? as usize);
        let body = &rest[8..];
        // What was recorded into a pipe does not know its length.
        let body = &body[..size.min(body.len())];
        match name {
            b"fmt " => {
                let codec = match little_u16(body, 0)? {
                    EXTENSIBLE => little_u16(body, 24)?,
                    codec => codec,
                };
                let (rate, frame) = (little_u32(body, 4)?, little_u16(body, 12)?);
                let known = matches!(codec, PCM | A_LAW | MU_LAW) && rate > 0 && frame > 0;
                bytes_per_second = known.then(|| u64::from(rate) * u64::from(frame));
            }
            b"data" => return Some(share(body.len() as u64, bytes_per_second?)),
            _ => {}
        }
        rest = rest.get(8 + size + size % 2..)?;
    }
}

fn mp3(bytes: &[u8]) -> Option<Duration> {
    let bytes = after_tags(bytes);
    let near = bytes.len().min(MOST_BEFORE_A_FRAME);
    // Four bytes that look like a frame may be anything; two frames one after the other are not.
    let first = (0..near).find(|at| {
        frame(&bytes[*at..]).is_some_and(|frame| {
            let next = bytes.get(at + frame.bytes..).unwrap_or_default();
            self::frame(next).is_some() || (next.is_empty() && *at == 0)
        })
    })?;
    let bytes = &bytes[first..];
    let head = frame(bytes)?;
    let samples = match frames_told(bytes, &head) {
        Some(frames) => u64::from(frames) * head.samples,
        None => samples_walked(bytes),
    };
    Some(share(samples, head.rate))
}

/// What follows the ID3 tags at the beginning.
fn after_tags(mut bytes: &[u8]) -> &[u8] {
    while bytes.len() > 10 && bytes.starts_with(b"ID3") {
        let size = bytes[6..10].iter().fold(0, |size, byte| size << 7 | usize::from(byte & 0x7f));
        let footer = if bytes[5] & 0x10 == 0 { 0 } else { 10 };
        bytes = bytes.get(10 + size + footer..).unwrap_or_default();
    }
    bytes
}

struct Frame {
    /// With its header.
    bytes: usize,
    samples: u64,
    /// Samples in a second.
    rate: u64,
    /// Where a table of contents stands in the first frame.
    contents_at: usize,
}

/// Reads the header of a frame: layer III of MPEG 1, 2 or 2.5.
fn frame(bytes: &[u8]) -> Option<Frame> {
    const KBIT_1: [u64; 14] = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    const KBIT_2: [u64; 14] = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    const RATES: [u64; 3] = [44_100, 48_000, 32_000];
    let [sync, kind, coding, channels] = *bytes.first_chunk::<4>()?;
    let is_layer_3 = kind & 0b110 == 0b010;
    if sync != 0xff || kind & 0xe0 != 0xe0 || !is_layer_3 {
        return None;
    }
    let (is_first, slower) = match kind >> 3 & 3 {
        0b11 => (true, 1),
        0b10 => (false, 2),
        0b00 => (false, 4),
        _ => return None,
    };
    let kbit = if is_first { KBIT_1 } else { KBIT_2 };
    let kbit = kbit.get(usize::from(coding >> 4).checked_sub(1)?)?;
    let rate = RATES.get(usize::from(coding >> 2 & 3))? / slower;
    let samples = if is_first { 1152 } else { 576 };
    let padding = u64::from(coding >> 1 & 1);
    let is_mono = channels >> 6 == 0b11;
    let contents_at = match (is_first, is_mono) {
        (true, false) => 36,
        (true, true) | (false, false) => 21,
        (false, true) => 13,
    };
    let bytes = usize::try_from(samples / 8 * kbit * 1000 / rate + padding).ok()?;
    Some(Frame { bytes, samples, rate, contents_at })
}

/// How many frames follow, where an encoder wrote it into the first one, as those with a changing bit rate do.
fn frames_told(bytes: &[u8], first: &Frame) -> Option<u32> {
    const HAS_FRAMES: u32 = 1;
    const OTHER_CONTENTS_AT: usize = 36;
    let at = first.contents_at;
    let frames = match bytes.get(at..at + 4) {
        Some(b"Xing" | b"Info") if big_u32(bytes, at + 4)? & HAS_FRAMES != 0 => big_u32(bytes, at + 8)?,
        Some(_) | None if bytes.get(OTHER_CONTENTS_AT..)?.starts_with(b"VBRI") => {
            big_u32(bytes, OTHER_CONTENTS_AT + 14)?
        }
        Some(_) | None => return None,
    };
    // A frame is never shorter than its smallest, so a file cannot hold more of them than bytes.
    Some(frames).filter(|frames| *frames > 0 && *frames as usize <= bytes.len())
}

/// Adds up frame by frame; over what is none, byte by byte.
fn samples_walked(bytes: &[u8]) -> u64 {
    let (mut at, mut samples) = (0, 0);
    while at < bytes.len() {
        match frame(&bytes[at..]) {
            Some(frame) => {
                samples += frame.samples;
                at += frame.bytes;
            }
            None => at += 1,
        }
    }
    samples
}

/// So many parts, of which there are `per_second` in a second.
fn share(parts: u64, per_second: u64) -> Duration {
    Duration::from_millis(parts.saturating_mul(1000) / per_second)
}

fn little_u16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|found| u16::from_le_bytes(*found))
}

fn little_u32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|found| u32::from_le_bytes(*found))
}

fn big_u32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|found| u32::from_be_bytes(*found))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn piece(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let mut piece = [&name[..], &u32::try_from(body.len()).unwrap().to_le_bytes(), body].concat();
        piece.resize(piece.len() + body.len() % 2, 0);
        piece
    }

    fn format(codec: u16, rate: u32, frame: u16) -> Vec<u8> {
        let mut format = codec.to_le_bytes().to_vec();
        format.extend(1u16.to_le_bytes());
        format.extend(rate.to_le_bytes());
        format.extend((rate * u32::from(frame)).to_le_bytes());
        format.extend(frame.to_le_bytes());
        format.extend((8 * frame).to_le_bytes());
        format
    }

    fn riff(pieces: &[Vec<u8>]) -> Vec<u8> {
        let body = pieces.concat();
        let size = u32::try_from(body.len() + 4).unwrap();
        [b"RIFF", &size.to_le_bytes()[..], b"WAVE", &body].concat()
    }

    fn of(name: &str, bytes: &[u8]) -> Result<Duration, BadAudio> {
        AudioFile::of(name, bytes).length
    }

    #[test]
    fn the_length_of_a_wav_is_that_of_its_samples() {
        for (codec, frame, bytes) in
            [(1, 2, 16_000 * 5), (6, 1, 8000 * 5), (7, 1, 8000 * 5), (1, 4, 32_000 * 5)]
        {
            let wav = riff(&[
                piece(b"LIST", b"odd"),
                piece(b"fmt ", &format(codec, 8000, frame)),
                piece(b"data", &vec![0; bytes]),
                piece(b"id3 ", b"a tag"),
            ]);
            assert_eq!(of("a.wav", &wav), Ok(Duration::from_secs(5)), "codec {codec}");
        }
        let mut long_name = format(0xfffe, 8000, 2);
        long_name.extend([22, 0, 16, 0, 4, 0, 0, 0, 1, 0]);
        let wav = riff(&[piece(b"fmt ", &long_name), piece(b"data", &[0; 8000])]);
        assert_eq!(of("a.wav", &wav), Ok(Duration::from_millis(500)));
    }

    #[test]
    fn a_wav_that_does_not_know_its_length_has_that_of_its_bytes() {
        let mut wav = riff(&[piece(b"fmt ", &format(7, 8000, 1)), piece(b"data", &[0; 8000])]);
        let size_at = wav.len() - 8004;
        wav[size_at..size_at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(of("a.wav", &wav), Ok(Duration::from_secs(1)));
    }

    #[test]
    fn what_is_no_playable_wav_is_refused() {
        let float = riff(&[piece(b"fmt ", &format(3, 8000, 4)), piece(b"data", &[0; 8000])]);
        let no_rate = riff(&[piece(b"fmt ", &format(1, 0, 2)), piece(b"data", &[0; 8000])]);
        let no_format = riff(&[piece(b"data", &[0; 8000])]);
        for bytes in [&float[..], &no_rate, &no_format, b"RIFF", b"OggS", &float[..20]] {
            assert_eq!(of("a.wav", bytes), Err(BadAudio::Unknown("WAV")));
        }
        let silent = riff(&[piece(b"fmt ", &format(1, 8000, 2)), piece(b"data", b"")]);
        assert_eq!(of("a.wav", &silent), Err(BadAudio::Empty));
        assert_eq!(of("a.wav", b""), Err(BadAudio::Empty));
        assert_eq!(of("a.wav", &vec![0; 10 * 1024 * 1024 + 1]), Err(BadAudio::TooLarge));
        let long = riff(&[piece(b"fmt ", &format(7, 8000, 1)), piece(b"data", &vec![0; 8000 * 181])]);
        assert_eq!(of("a.wav", &long), Err(BadAudio::TooLong(Duration::from_secs(181))));
    }

    /// A frame of 48 kbit/s at 24 kHz, mono: MPEG 2, 144 bytes, 24 ms.
    fn one_frame() -> Vec<u8> {
        let mut frame = vec![0xff, 0xf3, 0x64, 0xc0];
        frame.resize(144, 0);
        frame
    }

    #[test]
    fn the_length_of_an_mp3_is_that_of_its_frames() {
        let frames = one_frame().repeat(125);
        assert_eq!(of("a.mp3", &frames), Ok(Duration::from_secs(3)));
        let tag = [b"ID3\x04\0\0\0\0\x01\x02", &[0xff; 130][..]].concat();
        let tagged = [&tag[..], &frames, b"TAG and a title"].concat();
        assert_eq!(of("a.mp3", &tagged), Ok(Duration::from_secs(3)));
        let after_noise = [&[0xff, 0xfb, 0, 1, 2][..], &frames].concat();
        assert_eq!(of("a.mp3", &after_noise), Ok(Duration::from_secs(3)));
        // 128 kbit/s at 44.1 kHz, joint stereo, of MPEG 1: 417 bytes, or 418 with padding.
        let mut first = vec![0xff, 0xfb, 0x90, 0x64];
        first.resize(417, 0);
        assert_eq!(of("a.mp3", &first.repeat(100)), Ok(Duration::from_millis(2612)));
        // 8 kbit/s at 8 kHz, mono, of MPEG 2.5: 72 bytes.
        let mut slow = vec![0xff, 0xe3, 0x18, 0xc0];
        slow.resize(72, 0);
        assert_eq!(of("a.mp3", &slow.repeat(100)), Ok(Duration::from_millis(7200)));
    }

    #[test]
    fn an_encoder_that_counted_its_frames_is_believed() {
        for (at, told) in [
            (13, [&b"Info\0\0\0\x01\0\0\0\x7d"[..], &[]].concat()),
            (13, [&b"Xing\0\0\0\x0f\0\0\0\x7d"[..], &[]].concat()),
            (36, [&b"VBRI"[..], &[0; 10], &[0, 0, 0, 125]].concat()),
        ] {
            let mut first = one_frame();
            first[at..at + told.len()].copy_from_slice(&told);
            let bytes = [first, one_frame()].concat();
            assert_eq!(of("a.mp3", &bytes), Ok(Duration::from_secs(3)), "{at}");
        }
        let mut first = one_frame();
        first[13..25].copy_from_slice(b"Xing\0\0\0\x01\xff\xff\xff\xff");
        let boasting = [first, one_frame()].concat();
        assert_eq!(of("a.mp3", &boasting), Ok(Duration::from_millis(48)));
    }

    #[test]
    fn what_is_no_mp3_is_refused() {
        for bytes in [&b"RIFF"[..], b"ID3", &[0xff; 4000], &one_frame()[..3], b"<html>not found</html>"] {
            assert_eq!(of("a.mp3", bytes), Err(BadAudio::Unknown("MP3")), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_stop_the_reader(
            noise in proptest::collection::vec(any::<u8>(), 0..400),
            cut in 0..600_usize,
            flip in (0..500_usize, any::<u8>()),
        ) {
            let wav = riff(&[piece(b"fmt ", &format(1, 8000, 2)), piece(b"data", &noise)]);
            let mp3 = [one_frame(), one_frame(), noise.clone()].concat();
            for bytes in [wav, mp3, noise] {
                let mut bytes = bytes[..cut.min(bytes.len())].to_vec();
                if let Some(byte) = bytes.get_mut(flip.0) {
                    *byte = flip.1;
                }
                for name in ["a.wav", "a.mp3"] {
                    let _ = of(name, &bytes);
                }
            }
        }
    }
}
