#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "exec/sim_runtime.h"
#include "net/sim_network.h"
#include "weir/receiver.h"
#include "weir/streaming_context.h"

namespace weir::stream {

/// A receiver of which a test says what it does, and that counts its calls.
class ScriptedReceiver final : public Receiver<int> {
 public:
  using Handle = ReceiverHandle<int>;
  /// `number` counts the starts, from 1.
  using Script = std::function<Result<void>(Handle handle, int number)>;
  struct Calls {
    int starts = 0;
    int stops = 0;
  };
  ScriptedReceiver(Script script, std::shared_ptr<Calls> calls)
      : script_(std::move(script)), calls_(std::move(calls)) {}

  Result<void> on_start(Handle handle) override {
    return script_(std::move(handle), ++calls_->starts);
  }
  void on_stop() override { ++calls_->stops; }

 private:
  Script script_;
  std::shared_ptr<Calls> calls_;
};

}  // namespace weir::stream
