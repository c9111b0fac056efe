#pragma once

namespace weir::broker {

/// What was woken in the middle of something else and goes on when that is done.
class Resumable {
 public:
  virtual ~Resumable() = default;
  virtual void resume() = 0;
};

}  // namespace weir::broker
