#pragma once

#include "jobs/encode_options.hpp"
#include "server/routes.hpp"

#include <map>
#include <string>

namespace chasqui::server {

/// A recording that was handed in, with what was said about it.
struct Handed {
  store::BlobFacts blob;  ///< empty with a source_url
  std::string file_name, title, source_url;
  std::string request;  ///< id of the HTTP request
  jobs::EncodeOptions options;
};

using Texts = std::map<std::string, std::string, std::less<>>;

/// Title, file name and options out of named texts; the rest is refused as unknown. Throws Refusal.
Handed described_by(Texts texts);

/// Reads the body in whichever of the three ways it comes: multipart, raw, JSON with a source_url. `form`: a page's,
/// with a key among its fields; its file must come last. Throws Refusal.
Task<Handed> read_handed(Exchange& exchange, const Tools& tools, std::uint64_t most_bytes, bool form);

/// Makes the job of it and wakes the workers. Throws Refusal.
Task<jobs::Submitted> submit(Handed handed, Principal principal, std::string idempotency_key, std::int64_t priority,
                             const Tools& tools);

}  // namespace chasqui::server
