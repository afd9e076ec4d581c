#include "model/folds.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <string>
#include <string_view>

namespace chasqui::model {
namespace {

/// Disjoint sets of numbers, joined step by step.
class Sets {
 public:
  std::size_t add() {
    parents_.push_back(parents_.size());
    return parents_.back();
  }
  std::size_t find(std::size_t item) {
    while (parents_[item] != item) item = parents_[item] = parents_[parents_[item]];
    return item;
  }
  void join(std::size_t one, std::size_t other) {
    one = find(one);
    other = find(other);
    parents_[std::max(one, other)] = std::min(one, other);
  }

 private:
  std::vector<std::size_t> parents_;
};

std::vector<std::string> names_in(std::string_view prefix, std::string_view field) {
  std::vector<std::string> names;
  while (!field.empty()) {
    const auto end = std::min(field.find(';'), field.size());
    if (end > 0) names.push_back(std::string(prefix) + std::string(field.substr(0, end)));
    field.remove_prefix(std::min(end + 1, field.size()));
  }
  return names;
}

std::vector<std::string> ties_of(const Origin& origin) {
  auto ties = names_in("speaker ", origin.speaker);
  for (auto& name : names_in("source ", origin.source)) ties.push_back(std::move(name));
  if (ties.empty()) ties.push_back("file " + origin.sha256);
  return ties;
}

}  // namespace

std::vector<std::size_t> make_folds(std::span<const Label> labels, std::size_t count) {
  Sets sets;
  std::map<std::string, std::size_t> by_name;
  std::vector<std::size_t> first_tie(labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto ties = ties_of(labels[i].origin);
    for (const auto& tie : ties)
      if (!by_name.contains(tie)) by_name.emplace(tie, sets.add());
    first_tie[i] = by_name.at(ties.front());
    for (const auto& tie : ties) sets.join(first_tie[i], by_name.at(tie));
  }
  std::map<std::size_t, std::size_t> sizes;
  for (const std::size_t tie : first_tie) ++sizes[sets.find(tie)];
  std::vector<std::pair<std::size_t, std::size_t>> largest_first;
  for (const auto& [group, size] : sizes) largest_first.emplace_back(size, group);
  std::ranges::stable_sort(largest_first, std::greater(), &std::pair<std::size_t, std::size_t>::first);

  std::vector<std::size_t> filled(count);
  std::map<std::size_t, std::size_t> fold_of;
  for (const auto& [size, group] : largest_first) {
    const auto emptiest = static_cast<std::size_t>(std::ranges::min_element(filled) - filled.begin());
    fold_of[group] = emptiest;
    filled[emptiest] += size;
  }
  std::vector<std::size_t> folds(labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i) folds[i] = fold_of.at(sets.find(first_tie[i]));
  return folds;
}

}  // namespace chasqui::model
