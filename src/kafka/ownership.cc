#include "kafka/ownership.h"

#include <utility>

namespace weir::kafka {

void Ownership::assign(const std::vector<TopicPartition>& partitions) {
  const std::uint64_t turn = ++turn_;
  next_ = [this, turn, partitions] {
    state_ = State::kBeginning;
    owner_.begin(turn, partitions);
  };
  give_up(State::kGivingUp);
}

void Ownership::revoke(std::function<void()> done) {
  ++turn_;
  next_ = std::move(done);
  give_up(State::kGivingUp);
}

void Ownership::lose() {
  ++turn_;
  next_ = nullptr;
  give_up(State::kLost);
}

bool Ownership::begun(std::uint64_t turn) {
  if (turn != turn_ || state_ != State::kBeginning) return false;
  state_ = State::kReading;
  return true;
}

/// Sees to it that nothing of the input is under way, then does what is next.
void Ownership::give_up(State state) {
  switch (state_) {
    case State::kNone:
    case State::kBeginning:  // nothing has been read
      state_ = State::kNone;
      if (const auto next = std::exchange(next_, nullptr)) next();
      return;
    case State::kReading:
      state_ = state;
      host_.on_pause([this, self = std::weak_ptr(self_)] {
        if (!self.expired()) on_quiet();
      });
      return;
    case State::kGivingUp:
      state_ = state;
      return;
    case State::kLost:
      return;
  }
}

void Ownership::on_quiet() {
  state_ = State::kNone;
  owner_.drop();
  host_.on_resume();
  if (const auto next = std::exchange(next_, nullptr)) next();
}

}  // namespace weir::kafka
