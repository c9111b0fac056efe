#include "stream/returned_input.h"

#include <algorithm>

namespace weir::stream {

namespace {

void put_back(std::vector<plan::ReadAhead>& all, const plan::Slice& slice) {
  auto at = std::find_if(all.begin(), all.end(),
                         [&](const auto& each) { return each.origin == slice.origin; });
  if (at == all.end()) at = all.insert(all.begin(), {slice.origin, slice.worker, {}});
  at->pieces.insert(at->pieces.begin(), {slice.from, slice.until, slice.bytes, slice.records});
}

void take_out(std::vector<plan::Piece>& pieces, Offset until) {
  std::erase_if(pieces, [&](const plan::Piece& piece) { return piece.until <= until; });
  if (pieces.empty() || pieces.front().from >= until) return;
  plan::Piece& rest = pieces.front();
  const plan::Piece taken = first_of(rest, until.value - rest.from.value);
  rest = {until, rest.until, rest.bytes - taken.bytes, rest.records - taken.records};
}

}  // namespace

ReturnedInput::ReturnedInput(const std::vector<plan::Stage>& stages) {
  for (const plan::Stage& stage : stages) offers_.push_back({{}, stage.whole_partition});
}

void ReturnedInput::add(const exec::BatchRun::Input& input) {
  for (std::size_t stage = 0; stage < input.size(); ++stage) {
    for (auto slice = input[stage].rbegin(); slice != input[stage].rend(); ++slice) {
      put_back(offers_[stage].read_ahead, *slice);
    }
  }
}

void ReturnedInput::remove(const exec::BatchRun::Input& input) {
  for (std::size_t stage = 0; stage < input.size(); ++stage) {
    std::vector<plan::ReadAhead>& all = offers_[stage].read_ahead;
    for (const plan::Slice& slice : input[stage]) {
      for (plan::ReadAhead& each : all) {
        if (each.origin == slice.origin) take_out(each.pieces, slice.until);
      }
    }
    std::erase_if(all, [](const plan::ReadAhead& each) { return each.pieces.empty(); });
  }
}

void ReturnedInput::clear() {
  for (Offer& offer : offers_) offer.read_ahead.clear();
}

bool ReturnedInput::empty() const {
  return std::all_of(offers_.begin(), offers_.end(),
                     [](const Offer& offer) { return offer.read_ahead.empty(); });
}

}  // namespace weir::stream
