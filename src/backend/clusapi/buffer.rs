//! Buffers for what functions tell: asked for again and again, until they are large enough.
//!
//! Absent on purpose: any function, and whose buffer it is that a pointer leads to: `raw.rs` passes
//! them on.

use crate::model::ErrorCode;

/// How long a buffer is at first: longer than the names that clusters have.
const UNITS: usize = 256;
/// Beyond this a function that asks for more and more is not believed.
const UNITS_MAX: usize = 1 << 20;

/// Calls again with a larger buffer for as long as the function asks for one: between two calls,
/// what it tells of may have grown. The length is set anew before each call, as a function that
/// fails may leave anything in it.
pub(super) fn text(mut call: impl FnMut(*mut u16, *mut u32) -> u32) -> Result<String, ErrorCode> {
    let mut buffer = vec![0_u16; UNITS];
    loop {
        let mut length = buffer.len() as u32;
        let code = call(buffer.as_mut_ptr(), &mut length);
        let length = length as usize;
        match ErrorCode(code) {
            ErrorCode(0) => return Ok(told(&buffer, length)),
            ErrorCode::ERROR_MORE_DATA => grow(&mut buffer, length.saturating_add(1))?,
            code => return Err(code),
        }
    }
}

/// The same for bytes, whose number is capacity first and then how many are used or needed.
pub(super) fn bytes(
    mut call: impl FnMut(*mut u8, u32, &mut u32) -> u32,
) -> Result<Vec<u8>, ErrorCode> {
    let mut buffer = vec![0_u8; UNITS * 4];
    loop {
        let mut returned = 0;
        let code = call(buffer.as_mut_ptr(), buffer.len() as u32, &mut returned);
        let returned = returned as usize;
        match ErrorCode(code) {
            ErrorCode(0) => {
                buffer.truncate(returned);
                return Ok(buffer);
            }
            ErrorCode::ERROR_MORE_DATA => grow(&mut buffer, returned)?,
            code => return Err(code),
        }
    }
}

/// Two texts of one function: whichever is too long gets more room.
pub(super) fn two_texts(
    mut call: impl FnMut((*mut u16, *mut u32), (*mut u16, *mut u32)) -> u32,
) -> Result<(String, String), ErrorCode> {
    let mut first = vec![0_u16; UNITS];
    let mut length = 0;
    let second = text(|at, second| {
        length = first.len() as u32;
        match ErrorCode(call((first.as_mut_ptr(), &mut length), (at, second))) {
            ErrorCode::ERROR_MORE_DATA => {
                let grown = grow(&mut first, (length as usize).saturating_add(1));
                grown.err().unwrap_or(ErrorCode::ERROR_MORE_DATA).0
            }
            code => code.0,
        }
    })?;
    Ok((told(&first, length as usize), second))
}

/// What a function wrote: as long as it says, and not beyond a NUL.
fn told(buffer: &[u16], length: usize) -> String {
    let told = buffer.get(..length).unwrap_or(buffer);
    let end = told.iter().position(|unit| *unit == 0).unwrap_or(told.len());
    String::from_utf16_lossy(&told[..end])
}

fn grow<T: Clone + Default>(buffer: &mut Vec<T>, needed: usize) -> Result<(), ErrorCode> {
    // One that asks for no more than it has got would ask for ever.
    let size = needed.max(buffer.len() + buffer.len() / 2 + 1);
    if size > UNITS_MAX {
        return Err(ErrorCode::ERROR_MORE_DATA);
    }
    buffer.resize(size, T::default());
    Ok(())
}
