#pragma once

#include "server/access.hpp"
#include "server/body.hpp"
#include "server/problem.hpp"
#include "server/request.hpp"
#include "server/response.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace chasqui::server {

/// One request on its way through a handler; lives as long as the handler runs.
struct Exchange {
  Request request;
  Body& body;
  Principal principal;
  std::map<std::string, std::string, std::less<>> parameters;  ///< of the pattern: {id} and the like

  [[nodiscard]] const std::string& parameter(std::string_view name) const { return parameters.find(name)->second; }
};

using Handler = std::function<Task<Response>(Exchange&)>;

struct Route {
  std::string_view method;
  std::string_view pattern;  ///< segments are literal or have one {name}, as audio.{format}
  Handler handler;
  Told told = problem;  ///< how its refusals are told
};

/// The table of all routes. HEAD goes where GET goes.
class Router {
 public:
  explicit Router(std::vector<Route> routes) : routes_(std::move(routes)) {}

  struct Match {
    const Route* route = nullptr;  ///< null: the path is unknown, or has other methods only
    std::map<std::string, std::string, std::less<>> parameters;
    std::string allow;  ///< without a route: the methods of the path; empty: the path is unknown
  };
  [[nodiscard]] Match find(std::string_view method, std::string_view path) const;
  [[nodiscard]] std::span<const Route> routes() const noexcept { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace chasqui::server
