#include "services/ingest/atom_finder.h"

#include <algorithm>

namespace playhead::ingest {

AtomFinder::AtomFinder(const std::vector<std::string>& atoms) {
  struct Born {
    std::uint32_t parent;
    char by;
    std::size_t depth;
    std::uint32_t state;
  };
  std::vector<Born> born;
  for (std::size_t i = 0; i < atoms.size(); ++i) {
    std::uint32_t state = 0;
    for (std::size_t at = 0; at < atoms[i].size(); ++at) {
      const auto next = static_cast<std::uint32_t>(states_.size());
      const auto [edge, is_new] = edges_.try_emplace(Edge(state, atoms[i][at]), next);
      if (is_new) {
        states_.emplace_back();
        born.push_back({state, atoms[i][at], at, next});
      }
      state = edge->second;
    }
    states_[state].atom = static_cast<int>(i);
  }
  // Shorter states first: a fallback is always shorter.
  std::stable_sort(born.begin(), born.end(),
                   [](const Born& a, const Born& b) { return a.depth < b.depth; });
  for (const Born& of : born) {
    State& state = states_[of.state];
    if (of.depth > 0) state.fallback = Step(states_[of.parent].fallback, of.by);
    state.found = state.atom >= 0 ? of.state : states_[state.fallback].found;
  }
}

std::uint32_t AtomFinder::Step(std::uint32_t state, char next) const {
  while (true) {
    const auto edge = edges_.find(Edge(state, next));
    if (edge != edges_.end()) return edge->second;
    if (state == 0) return 0;
    state = states_[state].fallback;
  }
}

std::vector<int> AtomFinder::Find(std::string_view text) const {
  std::vector<int> found;
  std::uint32_t state = 0;
  for (const char next : text) {
    state = Step(state, next);
    for (std::uint32_t at = states_[state].found; at != 0;
         at = states_[states_[at].fallback].found) {
      found.push_back(states_[at].atom);
    }
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace playhead::ingest
