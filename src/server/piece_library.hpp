#pragma once

#include "server/audio_library.hpp"

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace chasqui::server {

using Pieces = std::vector<PieceFacts>;

/// Episodes in pieces that a phone gets whole, for one that cannot resume. They are cut on demand and lie in the store
/// as what nobody refers to, for an hour or so. Of the reactor's thread.
class PieceLibrary {
 public:
  PieceLibrary(const Tools& tools, std::shared_ptr<AudioLibrary> audio) : tools_(tools), audio_(std::move(audio)) {}

  struct Listed {
    std::shared_ptr<const Pieces> pieces;  ///< null: the file that they are cut from is being made
    jobs::Job job;                         ///< the one that makes it
  };
  /// Throws Refusal as AudioLibrary does.
  Task<Listed> list(std::string id);
  /// `number` counts from 1. Also throws Refusal(not_found, no_room).
  Task<AudioLibrary::Found> find(std::string id, std::string number);

 private:
  Task<std::shared_ptr<const Pieces>> pieces_of(std::shared_ptr<const Recording> recording);

  Tools tools_;
  std::shared_ptr<AudioLibrary> audio_;
  std::unordered_map<std::string, std::shared_ptr<const Pieces>> known_;  // by blob: they never change
  std::unordered_map<std::string, store::BlobId> made_;                   // by blob and number
};

}  // namespace chasqui::server
