#pragma once

#include "server/routes.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>

namespace chasqui::server {

/// A finished file, ready to be sent.
struct Recording {
  std::shared_ptr<const store::OpenBlob> blob;  ///< null: it is to be fetched by a link to `id`
  store::BlobId id;
  std::string etag;       ///< with its quotes
  std::string file_name;  ///< under which a browser saves it
  std::string title;
  std::string report;  ///< blob
  std::string media_type;
  core::Time made;
};

/// Finds the file of an episode in a format, and has it made when it is not there yet. What was found is remembered for
/// a moment, so that a download in many small ranges does not ask the database for each. Of the reactor's thread.
class AudioLibrary {
 public:
  explicit AudioLibrary(const Tools& tools) : tools_(tools) {}

  struct Found {
    std::shared_ptr<const Recording> recording;  ///< null: it is being made
    jobs::Job job;                               ///< the one that makes it
  };
  /// `opened`: its bytes are wanted here, even where the store gives links. Throws Refusal: not_found, conflict (not
  /// finished), gone (damaged, or the recording is no longer kept), busy (the storage is out of reach).
  Task<Found> find(std::string id, std::string format, bool opened, std::string request = {});

 private:
  struct Remembered {
    std::shared_ptr<const Recording> recording;
    std::chrono::steady_clock::time_point until;
  };
  Task<jobs::Job> format_job(jobs::Job episode, std::string format, std::string request);
  Task<std::shared_ptr<const Recording>> open(jobs::Job job, jobs::Job episode, std::string format, bool linked);
  void remember(const std::string& name, std::shared_ptr<const Recording> recording);

  Tools tools_;
  std::unordered_map<std::string, Remembered> remembered_;
};

}  // namespace chasqui::server
