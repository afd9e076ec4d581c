#include "server/connections.hpp"

namespace chasqui::server {

void Connection::give(Span span) {
  deadline_ = std::chrono::steady_clock::now() + span;
  stall_ = {};
}

void Connection::give_while_moving(Span span) {
  deadline_ = std::chrono::steady_clock::now() + span;
  stall_ = span;
  moved_ = 0;  // asked for only when the time has passed: nearly all answers are through by then
}

bool Connections::has_room(const std::string& address) const {
  const auto here = per_address_.find(address);
  return all_.size() < most_ && (here == per_address_.end() || here->second < most_per_address_);
}

std::shared_ptr<Connection> Connections::add(std::unique_ptr<Transport> transport, const std::string& address) {
  ++per_address_[address];
  all_.push_back(std::make_shared<Connection>(std::move(transport), address));
  places_[all_.back().get()] = std::prev(all_.end());
  return all_.back();
}

void Connections::remove(const std::shared_ptr<Connection>& connection) {
  const auto place = places_.find(connection.get());
  if (place == places_.end()) return;
  const auto here = per_address_.find(connection->address());
  if (here != per_address_.end() && --here->second == 0) per_address_.erase(here);
  all_.erase(place->second);
  places_.erase(place);
}

void Connections::close_overdue(Moment now) {
  for (const auto& connection : all_) {
    if (connection->given_up_ || connection->deadline_ > now) continue;
    const auto moved = connection->transport_->moved();
    if (connection->stall_ != Span{} && moved != connection->moved_) {
      connection->moved_ = moved;
      connection->deadline_ = now + connection->stall_;
      continue;
    }
    connection->given_up_ = true;
    connection->transport_->close();
  }
}

void Connections::close_idle() {
  for (const auto& connection : all_) {
    if (connection->idle_) connection->transport_->close();
  }
}

void Connections::close_all() {
  for (const auto& connection : all_) connection->transport_->close();
}

}  // namespace chasqui::server
