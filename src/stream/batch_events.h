#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "exec/batch_run.h"
#include "net/loop.h"
#include "plan/graph.h"
#include "stream/listener_bus.h"
#include "weir/listener.h"
#include "weir/streaming_context.h"

namespace weir::stream {

/// Makes of what becomes of batches what listeners are told. Owned by the driver, on its loop.
class BatchEvents {
 public:
  /// All outlive it.
  BatchEvents(const plan::Graph& graph, const std::vector<plan::Stage>& stages, net::Loop& driver,
              ListenerBus& bus);

  void stream_started();
  void receiver(ReceiverChange change, const ReceiverInfo& info);
  /// A batch begins with this input. Has its run watched, where somebody listens.
  void begin(exec::BatchRun::Setup& setup, BatchTime time, const exec::BatchRun::Input& input);
  void committed(const BatchReport& report);
  /// The batch is not committed.
  void failed(BatchTime batch, const Error& why);

 private:
  struct Stage {
    int stream = -1;           // the source that it reads
    std::vector<int> outputs;  // ids of those in its tasks
  };
  struct Running {
    BatchInfo info;
    TimePoint began;
    std::map<int, OutputInfo> outputs;  // by id, those that have begun
    std::map<int, TimePoint> outputs_began;
    std::vector<int> stages_left;  // by output: those that have not ended
  };
  void find_outputs(const plan::Node& node, const std::string& way, Stage& stage);
  InputInfo describe(int stream, const std::vector<plan::Slice>& slices) const;
  Running* find(BatchTime batch);
  void on_stage_started(BatchTime batch, std::size_t stage);
  void on_stage_ended(BatchTime batch, std::size_t stage, const exec::StageEnd& end);
  void end_output(Running& running, int id);
  void complete(Running& running);

  const plan::Graph& graph_;
  net::Loop& driver_;
  ListenerBus& bus_;
  std::map<const plan::Node*, std::size_t> ids_;  // of outputs
  std::vector<OutputInfo> outputs_;               // by id: what is the same in every batch
  std::vector<int> stages_of_;                    // by output: in how many stages it is
  std::vector<Stage> stages_;                     // as the plan has them
  std::map<BatchTime, Running> running_;
};

}  // namespace weir::stream
