#pragma once

#include "server/audio_library.hpp"
#include "server/request.hpp"
#include "server/response.hpp"

namespace chasqui::server {

/// Whether the query asks for a file to be saved. Throws Refusal when it asks for anything else.
bool wants_download(const Request& request);

/// Content-Disposition, after RFC 6266: a name for old clients, and the whole name for the others.
std::string disposition(bool attachment, const std::string& name);

/// The file, or what preconditions and ranges of the request leave of it (RFC 9110 sections 13 and 14): 200, 206, 304,
/// 412 or 416. `for_all`: caches on the way may give it to others, too, since everybody may read it.
Response file_response(const Request& request, const Recording& recording, bool attachment, bool for_all);

}  // namespace chasqui::server
