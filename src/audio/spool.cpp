#include "audio/spool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chasqui/error.hpp>
#include <cmath>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>

namespace chasqui::audio {
namespace {

namespace fs = std::filesystem;

fs::path temporary_folder() {
  const char* folder = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): nothing here calls setenv
  return folder != nullptr && *folder != '\0' ? folder : "/var/tmp";
}

core::UniqueFd open_unnamed(const fs::path& folder) {
  core::UniqueFd fd(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd.valid() || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return fd;
  std::string name = (folder / ".chasqui.XXXXXX").string();
  fd.reset(::mkostemp(name.data(), O_CLOEXEC));
  if (fd.valid()) ::unlink(name.c_str());
  return fd;
}

}  // namespace

Spool::Spool(fs::path folder) : folder_(folder.empty() ? temporary_folder() : std::move(folder)) {
  fd_ = open_unnamed(folder_);
  if (!fd_.valid()) fail("create", errno);
  open_.reserve(block_samples);
}

void Spool::fail(const char* doing, int error) const {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  throw Failure(full ? Errc::disk_full : Errc::output_unwritable,
                fmt::format("{}: cannot {} temporary sound: {}; {} set TMPDIR to another folder", folder_.string(),
                            doing, std::generic_category().message(error),
                            full ? "free some room (96 kB per second of sound) or" : "make the folder writable or"));
}

void Spool::append(std::span<const float> mono) {
  while (!mono.empty()) {
    const std::size_t count = std::min(mono.size(), block_samples - open_.size());
    open_.insert(open_.end(), mono.begin(), mono.begin() + static_cast<std::ptrdiff_t>(count));
    mono = mono.subspan(count);
    if (open_.size() == block_samples) write_block();
  }
}

void Spool::flush() {
  if (!open_.empty()) write_block();
}

void Spool::write_block() {
  float peak = 1e-9F;
  for (const float sample : open_) peak = std::max(peak, std::abs(sample));
  // The peak itself must not be clipped to 32767.
  const float scale = peak * (32'768.0F / 32'767.0F);
  quantised_.resize(open_.size());
  std::ranges::transform(open_, quantised_.begin(),
                         [inverse = 1 / scale](float sample) { return to_int16(sample * inverse); });
  write(length_, quantised_);
  scales_.push_back(scale);
  length_ += std::ssize(open_);
  open_.clear();
}

void Spool::read_block(std::size_t block, std::vector<float>& mono) const {
  const auto begin = static_cast<std::int64_t>(block * block_samples);
  std::vector<std::int16_t> samples(
      static_cast<std::size_t>(std::min(length_ - begin, static_cast<std::int64_t>(block_samples))));
  read_written(begin, samples);
  const float step = scales_[block] / 32'768.0F;
  mono.resize(samples.size());
  std::ranges::transform(samples, mono.begin(),
                         [step](std::int16_t sample) { return static_cast<float>(sample) * step; });
}

void Spool::write_final(std::int64_t begin, std::span<const std::int16_t> mono) {
  write(begin, mono);
  length_ = std::max(length_, begin + std::ssize(mono));
}

void Spool::read_final(std::int64_t begin, std::span<std::int16_t> out) const {
  const std::int64_t end = begin + std::ssize(out);
  const std::int64_t first = std::clamp<std::int64_t>(begin, 0, length_);
  const std::int64_t last = std::clamp<std::int64_t>(end, first, length_);
  const auto at = [&](std::int64_t position) {
    return static_cast<std::size_t>(std::clamp(position, begin, end) - begin);
  };
  std::ranges::fill(out.first(at(first)), std::int16_t{0});
  std::ranges::fill(out.subspan(std::max(at(first), at(last))), std::int16_t{0});
  if (first < last) read_written(first, out.subspan(at(first), static_cast<std::size_t>(last - first)));
}

void Spool::write(std::int64_t begin, std::span<const std::int16_t> samples) const {
  auto bytes = std::as_bytes(samples);
  auto offset = static_cast<off_t>(begin * 2);
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(fd_.get(), bytes.data(), bytes.size(), offset);
    if (count < 0) {
      if (errno == EINTR) continue;
      fail("write", errno);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += count;
  }
}

void Spool::read_written(std::int64_t begin, std::span<std::int16_t> out) const {
  auto bytes = std::as_writable_bytes(out);
  auto offset = static_cast<off_t>(begin * 2);
  while (!bytes.empty()) {
    const ssize_t count = ::pread(fd_.get(), bytes.data(), bytes.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0)
      throw Failure(Errc::internal, fmt::format("{}: cannot read temporary sound back", folder_.string()));
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += count;
  }
}

}  // namespace chasqui::audio
