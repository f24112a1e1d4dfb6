//! Files to play.

/// Quiet of so many seconds, as a telephone carries it: mu-law, 8 kHz, mono.
pub fn wav(seconds: u32) -> Vec<u8> {
    let samples = seconds * 8000;
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + samples).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x07\0\x01\0");
    wav.extend(8000u32.to_le_bytes());
    wav.extend(8000u32.to_le_bytes());
    wav.extend(b"\x01\0\x08\0data");
    wav.extend(samples.to_le_bytes());
    wav.resize(wav.len() + samples as usize, 0xff);
    wav
}
