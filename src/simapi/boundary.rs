//! The only unsafe code of the simulated Cluster API: the functions as C sees them, and the
//! pointers that they are given.
//!
//! A pointer becomes a value of a type of its own at once. Such values are made here alone, from
//! the arguments of a function whose caller promised what the documentation asks; what they can do
//! stays within that promise. No panic gets out.
#![allow(unsafe_code, reason = "C functions take pointers")]

use std::any::Any;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Fate, LAST_ERROR, SHORT, called, functions, host};
use crate::backend::clusapi::functions::{CLUSTERVERSIONINFO, Table};
use crate::model::ErrorCode;

/// An argument as C passes it, and what becomes of it.
trait Passed {
    /// What the functions work with.
    type Given;

    /// # Safety
    /// The pointer is as the documentation of the function asks.
    unsafe fn given(self) -> Self::Given;
}

macro_rules! as_they_are {
    ($($type:ty),+) => {$(
        impl Passed for $type {
            type Given = Self;

            unsafe fn given(self) -> Self {
                self
            }
        }
    )+};
}

as_they_are!(isize, u32, usize);

macro_rules! pointers {
    ($($(#[$doc:meta])* $name:ident($type:ty);)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(super) struct $name($type);

        impl Passed for $type {
            type Given = $name;

            unsafe fn given(self) -> $name {
                $name(self)
            }
        }
    )+};
}

pointers! {
    /// A text that ends with NUL, or none.
    Words(*const u16);
    /// A number that is read and written, or none.
    Number(*mut u32);
    /// A number with a sign that is written, or none.
    Signed(*mut i32);
    /// A caller's key.
    Key(*mut usize);
    /// A handle of any kind.
    Anything(*mut c_void);
    /// Room for the versions of a cluster, or none.
    Version(*mut CLUSTERVERSIONINFO);
}

macro_rules! buffers {
    ($($(#[$doc:meta])* $name:ident { $at:ident: $pointer:ty, $($size:ident: $type:ty),+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(super) struct $name {
            $at: $pointer,
            $($size: $type),+
        }

        impl $name {
            /// # Safety
            /// The pointers are as the documentation of the function asks, and the sizes are this
            /// buffer's.
            unsafe fn given($at: $pointer, $($size: $type),+) -> Self {
                Self { $at, $($size),+ }
            }
        }
    )+};
}

// A buffer and its size are one value from the start, so that no function can take the size of
// another.
buffers! {
    /// Room for a text, with the number that says how long it is and then how long the text is.
    Room { at: *mut u16, length: *mut u32 }
    /// Room for bytes, and how many are used or needed.
    Output { at: *mut c_void, size: u32, returned: *mut u32 }
    /// Bytes that are passed in, or none.
    Input { at: *const c_void, size: u32 }
    /// Several handles, or none.
    Handles { at: *const isize, count: u32 }
}

impl Words {
    /// The text; none where there is none.
    pub(super) fn read(self) -> Option<String> {
        if self.0.is_null() {
            return None;
        }
        let mut units = Vec::new();
        let mut at = self.0;
        // SAFETY: the text ends with NUL, and is read up to there.
        unsafe {
            while *at != 0 {
                units.push(*at);
                at = at.add(1);
            }
        }
        Some(String::from_utf16_lossy(&units))
    }
}

impl Number {
    /// The number that the caller has put there.
    fn get(self) -> Option<u32> {
        // SAFETY: not null, so a number.
        (!self.0.is_null()).then(|| unsafe { self.0.read() })
    }

    pub(super) fn set(self, number: u32) {
        if !self.0.is_null() {
            // SAFETY: not null, so room for a number.
            unsafe { self.0.write(number) };
        }
    }
}

impl Signed {
    pub(super) fn set(self, number: i32) {
        if !self.0.is_null() {
            // SAFETY: not null, so room for a number.
            unsafe { self.0.write(number) };
        }
    }
}

impl Key {
    pub(super) fn set(self, number: usize) {
        if !self.0.is_null() {
            // SAFETY: not null, so room for a number.
            unsafe { self.0.write(number) };
        }
    }
}

/// How much fits, unless this call was to find every buffer too short.
fn capacity(told: usize) -> usize {
    if SHORT.get() { 0 } else { told }
}

impl Room {
    /// Writes a text by the convention of names: capacity with NUL in, length without NUL out. With
    /// no room at all only the length is asked for.
    ///
    /// # Errors
    /// `ERROR_MORE_DATA`: it does not fit; the length says how long it is.
    pub(super) fn put(self, text: &str) -> Result<(), ErrorCode> {
        let units: Vec<u16> = text.encode_utf16().collect();
        let told = Number(self.length).get().unwrap_or(0) as usize;
        Number(self.length).set(units.len() as u32);
        if self.at.is_null() {
            return Ok(());
        }
        if units.len() + 1 > capacity(told) {
            return Err(ErrorCode::ERROR_MORE_DATA);
        }
        // SAFETY: there is room for as many units as the length said, which is enough.
        unsafe {
            std::ptr::copy_nonoverlapping(units.as_ptr(), self.at, units.len());
            *self.at.add(units.len()) = 0;
        }
        Ok(())
    }
}

impl Input {
    pub(super) fn bytes(self) -> Vec<u8> {
        if self.at.is_null() {
            return Vec::new();
        }
        // SAFETY: so many bytes are passed in.
        unsafe { std::slice::from_raw_parts(self.at.cast::<u8>(), self.size as usize) }.to_vec()
    }
}

impl Anything {
    pub(super) fn as_handle(self) -> isize {
        self.0 as isize
    }
}

impl Output {
    /// Writes bytes by the convention of control codes: capacity in, bytes used or needed out. With
    /// no room at all only the number is asked for.
    ///
    /// # Errors
    /// `ERROR_MORE_DATA`: they do not fit.
    pub(super) fn put(self, bytes: &[u8]) -> Result<(), ErrorCode> {
        Number(self.returned).set(bytes.len() as u32);
        if self.at.is_null() {
            return Ok(());
        }
        if bytes.len() > capacity(self.size as usize) {
            return Err(ErrorCode::ERROR_MORE_DATA);
        }
        // SAFETY: there is room for as many bytes as the size said, which is enough.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.at.cast::<u8>(), bytes.len()) };
        Ok(())
    }
}

impl Handles {
    pub(super) fn read(self) -> Vec<isize> {
        if self.at.is_null() {
            return Vec::new();
        }
        // SAFETY: so many handles are passed in.
        unsafe { std::slice::from_raw_parts(self.at, self.count as usize) }.to_vec()
    }
}

impl Version {
    /// Writes the versions, where they are asked for and as large as they should be. A field that
    /// `info` leaves at zero is zero afterwards.
    ///
    /// # Errors
    /// `ERROR_INVALID_PARAMETER`: the caller means a structure of another size.
    pub(super) fn put(self, info: CLUSTERVERSIONINFO) -> Result<(), ErrorCode> {
        const SIZE: u32 = size_of::<CLUSTERVERSIONINFO>() as u32;
        if self.0.is_null() {
            return Ok(());
        }
        // SAFETY: not null, so the structure: its size is there, all else perhaps not yet.
        if unsafe { (&raw const (*self.0).dwVersionInfoSize).read() } != SIZE {
            return Err(ErrorCode::ERROR_INVALID_PARAMETER);
        }
        // SAFETY: the structure is as large as that.
        unsafe { self.0.write(CLUSTERVERSIONINFO { dwVersionInfoSize: SIZE, ..info }) };
        Ok(())
    }
}

#[cfg(windows)]
fn set_last_error(code: u32) {
    LAST_ERROR.set(code);
    // SAFETY: it takes a number.
    unsafe { windows_sys::Win32::Foundation::SetLastError(code) };
}

#[cfg(not(windows))]
fn set_last_error(code: u32) {
    LAST_ERROR.set(code);
}

/// What a function returns when it fails.
trait Failing: Any + Sized {
    fn failing(function: &str, code: ErrorCode) -> Self;
}

/// The error, but for a count: that is 0, and the last error says why.
impl Failing for u32 {
    fn failing(function: &str, code: ErrorCode) -> Self {
        if function.ends_with("EnumCount") { 0 } else { code.0 }
    }
}

impl Failing for isize {
    fn failing(_: &str, _: ErrorCode) -> Self {
        0
    }
}

/// A state that is unknown, or an answer that is no.
impl Failing for i32 {
    fn failing(function: &str, _: ErrorCode) -> Self {
        if function.starts_with("Get") && function.ends_with("State") { -1 } else { 0 }
    }
}

/// Nothing that a function does gets past this: neither a panic nor an error without its code.
fn guarded<R: Failing>(function: &'static str, body: impl FnOnce() -> Result<R, ErrorCode>) -> R {
    let answered = catch_unwind(AssertUnwindSafe(|| match called(function) {
        Fate::Fails(code) => Err(code),
        // Whatever the answer is, it does not arrive.
        Fate::Lost(code) => {
            let _ = body();
            Err(code)
        }
        Fate::Answered | Fate::Short => body(),
    }));
    SHORT.set(false);
    match answered.unwrap_or(Err(ErrorCode::ERROR_INTERNAL_ERROR)) {
        Ok(answer) => answer,
        Err(code) => {
            set_last_error(code.0);
            R::failing(function, code)
        }
    }
}

/// The call of a function with what its arguments become: a buffer goes with what says how large it
/// is, which in C stands beside it.
macro_rules! handed_on {
    ($name:ident [$($given:expr,)*] $at:ident: *mut u16, $length:ident: *mut u32
        $(, $($rest:tt)*)?) => {
        handed_on!($name [$($given,)* Room::given($at, $length),] $($($rest)*)?)
    };
    ($name:ident [$($given:expr,)*]
        $at:ident: *mut c_void, $size:ident: u32, $returned:ident: *mut u32
        $(, $($rest:tt)*)?) => {
        handed_on!($name [$($given,)* Output::given($at, $size, $returned),] $($($rest)*)?)
    };
    ($name:ident [$($given:expr,)*] $at:ident: *const c_void, $size:ident: u32
        $(, $($rest:tt)*)?) => {
        handed_on!($name [$($given,)* Input::given($at, $size),] $($($rest)*)?)
    };
    ($name:ident [$($given:expr,)*] $count:ident: u32, $at:ident: *const isize
        $(, $($rest:tt)*)?) => {
        handed_on!($name [$($given,)* Handles::given($at, $count),] $($($rest)*)?)
    };
    ($name:ident [$($given:expr,)*] $arg:ident: $type:ty $(, $($rest:tt)*)?) => {
        handed_on!($name [$($given,)* <$type>::given($arg),] $($($rest)*)?)
    };
    ($name:ident [$($given:expr,)*]) => {
        functions::$name($($given),*)
    };
}

macro_rules! shells {
    ($($need:ident $name:ident($($args:tt)*) -> $ret:ty;)+) => {
        /// The functions as C calls them.
        #[allow(non_snake_case, reason = "the functions bear the names of the Cluster API")]
        pub mod exported {
            use super::*;

            $(
                #[doc = concat!("`", stringify!($name), "`")]
                ///
                /// # Safety
                /// Pointers are as the documentation of the function asks.
                pub unsafe extern "system" fn $name($($args)*) -> $ret {
                    // SAFETY: the caller's promise is handed on.
                    guarded(stringify!($name), || unsafe { handed_on!($name [] $($args)*) })
                }
            )+

            /// `GetLastError`, for those who are not on Windows.
            ///
            /// # Safety
            /// There is nothing to promise.
            pub unsafe extern "system" fn GetLastError() -> u32 {
                LAST_ERROR.get()
            }

            /// Stores, tools, records and the clock of a node.
            ///
            /// # Safety
            /// The name ends with NUL, and the buffers are of the sizes that are told.
            pub unsafe extern "system" fn EvsimHost(
                node: *const u16,
                question: *const u8,
                question_size: u32,
                answer: *mut u8,
                answer_size: *mut u32,
            ) -> u32 {
                guarded("EvsimHost", || {
                    // SAFETY: the caller's promise is handed on, and a size where the number of
                    // bytes is to stand.
                    unsafe {
                        let room = Number(answer_size).get().unwrap_or(0);
                        let question = Input::given(question.cast(), question_size);
                        let reply = Output::given(answer.cast(), room, answer_size);
                        host::answer(node.given(), &question.bytes(), reply)
                    }
                })
            }
        }

        pub(super) fn table() -> Table {
            Table {
                $($name: filled!($need exported::$name),)+
                last_error: exported::GetLastError,
                host: Some(exported::EvsimHost),
            }
        }
    };
}

macro_rules! filled {
    (required $function:path) => {
        $function
    };
    (optional $function:path) => {
        Some($function)
    };
}

crate::backend::clusapi::functions::clusapi_functions!(shells);
