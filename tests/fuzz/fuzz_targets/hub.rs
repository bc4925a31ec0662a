#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| liangdi_fuzz::hub(input));
