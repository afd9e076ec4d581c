#pragma once

#include "jobs/job.hpp"

#include <soci/soci.h>

namespace soci {

/// A row of the table `jobs`. Every column is NOT NULL.
template <>
struct type_conversion<chasqui::jobs::Job> {
  using base_type = values;
  using Job = chasqui::jobs::Job;

  static void from_base(const values& row, indicator, Job& job) {
    const auto time = [&row](const char* column) { return chasqui::core::from_millis(row.get<long long>(column)); };
    const auto text = [&row](const char* column) { return row.get<std::string>(column); };
    const auto count = [&row](const char* column) { return row.get<long long>(column); };
    job.id = text("id");
    job.parent = text("parent");
    job.owner = text("owner");
    job.created = time("created");
    job.updated = time("updated");
    job.state = chasqui::value_or_throw(chasqui::jobs::state_named(text("state")));
    job.priority = count("priority");
    job.not_before = time("not_before");
    job.attempts = count("attempts");
    job.attempts_allowed = count("attempts_allowed");
    job.lapses = count("lapses");
    job.token = count("token");
    job.worker = text("worker");
    job.lease_until = time("lease_until");
    job.started = time("started");
    job.progress = row.get<double>("progress");
    job.title = text("title");
    job.file_name = text("file_name");
    job.source_url = text("source_url");
    job.input = text("input");
    job.input_bytes = static_cast<std::uint64_t>(count("input_bytes"));
    job.options = text("options");
    job.work_key = text("work_key");
    job.output = text("output");
    job.report = text("report");
    job.output_bytes = static_cast<std::uint64_t>(count("output_bytes"));
    job.seconds = row.get<double>("seconds");
    job.quality = row.get<double>("quality");
    job.error_code = text("error_code");
    job.error_message = text("error_message");
    job.request = text("request");
  }

  static void to_base(const Job& job, values& row, indicator&) {
    const auto time = [&row](const char* column, chasqui::core::Time value) {
      row.set<long long>(column, chasqui::core::to_millis(value));
    };
    const auto count = [&row](const char* column, std::int64_t value) { row.set<long long>(column, value); };
    row.set("id", job.id);
    row.set("parent", job.parent);
    row.set("owner", job.owner);
    time("created", job.created);
    time("updated", job.updated);
    row.set("state", std::string(chasqui::jobs::name(job.state)));
    count("priority", job.priority);
    time("not_before", job.not_before);
    count("attempts", job.attempts);
    count("attempts_allowed", job.attempts_allowed);
    count("lapses", job.lapses);
    count("token", job.token);
    row.set("worker", job.worker);
    time("lease_until", job.lease_until);
    time("started", job.started);
    row.set("progress", job.progress);
    row.set("title", job.title);
    row.set("file_name", job.file_name);
    row.set("source_url", job.source_url);
    row.set("input", job.input);
    count("input_bytes", static_cast<std::int64_t>(job.input_bytes));
    row.set("options", job.options);
    row.set("work_key", job.work_key);
    row.set("output", job.output);
    row.set("report", job.report);
    count("output_bytes", static_cast<std::int64_t>(job.output_bytes));
    row.set("seconds", job.seconds);
    row.set("quality", job.quality);
    row.set("error_code", job.error_code);
    row.set("error_message", job.error_message);
    row.set("request", job.request);
  }
};

}  // namespace soci
