//! A file descriptor that is readable while a flag is up: what event loops watch.

#[cfg(unix)]
pub use descriptor::Signal;
#[cfg(not(unix))]
pub use nowhere::Signal;

#[cfg(unix)]
mod descriptor {
    use std::io;
    use std::os::fd::{AsRawFd, OwnedFd};

    use rustix::io::{read, write};

    /// An eventfd on Linux, a pipe elsewhere.
    #[derive(Debug)]
    pub struct Signal {
        reader: OwnedFd,
        writer: Option<OwnedFd>,
    }

    impl Signal {
        /// A signal that is down.
        ///
        /// # Errors
        /// The process has no file descriptor left.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        pub fn new() -> io::Result<Self> {
            use rustix::event::{eventfd, EventfdFlags};
            let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
            Ok(Self {
                reader: eventfd(0, flags)?,
                writer: None,
            })
        }

        /// A signal that is down.
        ///
        /// # Errors
        /// The process has no file descriptor left.
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        pub fn new() -> io::Result<Self> {
            use rustix::io::{fcntl_setfd, ioctl_fionbio, FdFlags};
            let (reader, writer) = rustix::pipe::pipe()?;
            for end in [&reader, &writer] {
                fcntl_setfd(end, FdFlags::CLOEXEC)?;
                ioctl_fionbio(end, true)?;
            }
            Ok(Self {
                reader,
                writer: Some(writer),
            })
        }

        /// The number of the descriptor.
        pub fn fileno(&self) -> i32 {
            self.reader.as_raw_fd()
        }

        /// Make it readable.
        pub fn raise(&self) {
            let end = self.writer.as_ref().unwrap_or(&self.reader);
            // It can only fail when it is readable already.
            let _ = write(end, &1_u64.to_ne_bytes());
        }

        /// Make it unreadable. No matter if somebody read it before.
        pub fn lower(&self) {
            let mut rest = [0_u8; 8];
            while matches!(read(&self.reader, &mut rest), Ok(8)) && self.writer.is_some() {}
        }
    }
}

#[cfg(not(unix))]
mod nowhere {
    use std::io;

    /// There are no descriptors that an event loop could watch.
    #[derive(Debug)]
    pub struct Signal;

    impl Signal {
        /// Always fails.
        ///
        /// # Errors
        /// Always.
        pub fn new() -> io::Result<Self> {
            Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "this system has no descriptor to watch; use set_waker",
            ))
        }

        /// No number.
        pub fn fileno(&self) -> i32 {
            -1
        }

        /// Nothing to do.
        pub fn raise(&self) {}

        /// Nothing to do.
        pub fn lower(&self) {}
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Duration;

    use rustix::event::{poll, PollFd, PollFlags, Timespec};
    use rustix::fd::BorrowedFd;

    use super::Signal;

    fn is_readable(signal: &Signal) -> bool {
        let none = Timespec::try_from(Duration::ZERO).unwrap();
        // SAFETY: the descriptor belongs to the signal, which outlives the call.
        #[allow(unsafe_code)]
        let plug = unsafe { BorrowedFd::borrow_raw(signal.fileno()) };
        poll(&mut [PollFd::new(&plug, PollFlags::IN)], Some(&none)).unwrap() == 1
    }

    #[test]
    fn it_is_readable_between_raise_and_lower() {
        let signal = Signal::new().unwrap();
        assert!(!is_readable(&signal));
        signal.raise();
        signal.raise();
        assert!(is_readable(&signal));
        signal.lower();
        assert!(!is_readable(&signal));
        signal.lower();
        signal.raise();
        assert!(is_readable(&signal));
    }
}
