#pragma once

#include "server/request.hpp"

#include <string>

namespace chasqui::server {

/// What ties the log lines of one request together: the client's X-Request-Id where it is 1-64 letters, digits, '.',
/// '_' or '-'; else the trace-id of a valid W3C traceparent (version 00); else a random one of 32 hexadecimal digits.
std::string request_id(const Request& request);
constexpr std::size_t request_id_bytes = 16;  ///< of a random one

}  // namespace chasqui::server
