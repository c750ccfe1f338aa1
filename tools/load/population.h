#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "tools/load/chance.h"

// Whom a synthetic audience is made of. Constant data: safe from any thread.
namespace playhead::tools {

// A User-Agent as sent by devices of today.
struct Agent {
  const char* text;
  // What reports say of it; empty: unknown.
  const char* device;
  const char* browser_family;
  double weight;
};
std::span<const Agent> Agents();

// A network for documentation (RFC 5737, RFC 3849), where tests/fixtures/geo/places.json puts it.
struct Place {
  // Of an address, up to its last number.
  const char* prefix;
  // Least and greatest last number.
  int first;
  int last;
  // ISO 3166 alpha-2; empty: in no database.
  const char* country;
  double weight;
};
std::span<const Place> Places();
// An address of the place.
std::string AddressIn(const Place& place, Chance& chance);

// A site that embeds the player.
struct Site {
  // The page of an entry is this and the entry's id; empty: an application without pages.
  const char* page;
  const char* application;
  double weight;
};
std::span<const Site> Sites();
// Where televisions and consoles play.
const Site& LivingRoom();

// Running sums of weights, for Chance::Weighted.
std::span<const double> AgentWeights();
std::span<const double> PlaceWeights();
std::span<const double> SiteWeights();

// Readable, unique per rank, such as `0_glacier_story`.
std::string EntryId(std::int64_t rank);

}  // namespace playhead::tools
