#include <cerrno>
#include <cstdint>
#include <iconv.h>

/// Stands in for glibc's in this program: libavformat would convert the station names of a transport stream, and glibc
/// loads files for that, which the sandbox punishes. As if no such character set were known.
extern "C" iconv_t iconv_open(const char*, const char*) {
  errno = EINVAL;
  return reinterpret_cast<iconv_t>(std::intptr_t{-1});  // NOLINT(performance-no-int-to-ptr): as POSIX says
}
