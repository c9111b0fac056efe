#include "stream/batch_events.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "exec/offset_ranges.h"

namespace weir::stream {

BatchEvents::BatchEvents(const plan::Graph& graph, const std::vector<plan::Stage>& stages,
                         net::Loop& driver, ListenerBus& bus)
    : graph_(graph), driver_(driver), bus_(bus) {
  for (const plan::Node& node : graph_.nodes()) {
    if (node.kind != plan::Node::Kind::kOutput) continue;
    ids_[&node] = outputs_.size();
    OutputInfo output;
    output.id = static_cast<int>(outputs_.size());
    output.name = node.name;
    outputs_.push_back(std::move(output));
  }
  stages_of_.resize(outputs_.size());
  for (const plan::Stage& stage : stages) {
    Stage& made = stages_.emplace_back();
    if (stage.head->kind == plan::Node::Kind::kSource) {
      made.stream = static_cast<int>(stage.head->index);
    }
    find_outputs(*stage.head, stage.head->name, made);
    std::sort(made.outputs.begin(), made.outputs.end());
    for (const int id : made.outputs) ++stages_of_[static_cast<std::size_t>(id)];
  }
}

/// Notes the outputs that the stage's tasks reach, and the way there.
void BatchEvents::find_outputs(const plan::Node& node, const std::string& way, Stage& stage) {
  for (const plan::Node::Consumer& consumer : node.consumers) {
    const plan::Node& next = *consumer.node;
    if (next.kind == plan::Node::Kind::kExchange) continue;
    const std::string further = concat(way, " > ", next.name);
    if (next.kind != plan::Node::Kind::kOutput) {
      find_outputs(next, further, stage);
      continue;
    }
    OutputInfo& output = outputs_[ids_.at(&next)];
    if (output.description.empty()) output.description = further;
    if (std::count(stage.outputs.begin(), stage.outputs.end(), output.id) == 0) {
      stage.outputs.push_back(output.id);
    }
  }
}

void BatchEvents::stream_started() {
  bus_.tell(
      [time = driver_.clock().wall()](Listener& listener) { listener.on_stream_started(time); });
}

void BatchEvents::receiver(ReceiverChange change, const ReceiverInfo& info) {
  bus_.tell([change, info](Listener& listener) {
    switch (change) {
      case ReceiverChange::kStarted:
        return listener.on_receiver_started(info);
      case ReceiverChange::kFailed:
        return listener.on_receiver_error(info);
      case ReceiverChange::kStopped:
        return listener.on_receiver_stopped(info);
    }
  });
}

void BatchEvents::begin(exec::BatchRun::Setup& setup, BatchTime time,
                        const exec::BatchRun::Input& input) {
  if (!bus_.takes_batch()) return;
  Running& running = running_[time] = {};
  running.info.time = time;
  running.stages_left = stages_of_;
  running.began = driver_.now();
  const WallTime wall = driver_.clock().wall();
  running.info.submitted = wall;
  for (std::size_t stage = 0; stage < input.size(); ++stage) {
    const int stream = stages_[stage].stream;
    if (stream >= 0) running.info.inputs.push_back(describe(stream, input[stage]));
  }
  std::sort(running.info.inputs.begin(), running.info.inputs.end(),
            [](const InputInfo& a, const InputInfo& b) { return a.stream < b.stream; });
  bus_.tell([info = running.info](Listener& listener) { listener.on_batch_submitted(info); });
  running.info.started = wall;
  running.info.scheduling_delay =
      std::max(Duration::zero(), Duration(std::chrono::milliseconds(wall.millis)) -
                                     Duration(std::chrono::microseconds(time.micros)));
  bus_.tell([info = running.info](Listener& listener) { listener.on_batch_started(info); });
  setup.stage_started = [this, time](std::size_t stage) { on_stage_started(time, stage); };
  setup.stage_ended = [this, time](std::size_t stage, const exec::StageEnd& end) {
    on_stage_ended(time, stage, end);
  };
}

InputInfo BatchEvents::describe(int stream, const std::vector<plan::Slice>& slices) const {
  InputInfo info;
  info.stream = stream;
  info.description = graph_.sources()[static_cast<std::size_t>(stream)]->name();
  for (const plan::Slice& slice : slices) {
    info.records += slice.records;
    exec::append(info.ranges, slice.range());
  }
  return info;
}

BatchEvents::Running* BatchEvents::find(BatchTime batch) {
  const auto found = running_.find(batch);
  return found == running_.end() ? nullptr : &found->second;
}

void BatchEvents::on_stage_started(BatchTime batch, std::size_t stage) {
  Running* running = find(batch);
  if (running == nullptr) return;
  for (const int id : stages_[stage].outputs) {
    if (running->outputs.contains(id)) continue;
    OutputInfo& output = running->outputs[id] = outputs_[static_cast<std::size_t>(id)];
    output.batch = batch;
    output.started = driver_.clock().wall();
    running->outputs_began[id] = driver_.now();
    bus_.tell([output](Listener& listener) { listener.on_output_started(output); });
  }
}

void BatchEvents::on_stage_ended(BatchTime batch, std::size_t stage, const exec::StageEnd& end) {
  Running* running = find(batch);
  if (running == nullptr) return;
  for (InputInfo& input : running->info.inputs) {
    if (input.stream == stages_[stage].stream && end.result.ok()) input.records = end.records_in;
  }
  for (const int id : stages_[stage].outputs) {
    const bool is_last = --running->stages_left[static_cast<std::size_t>(id)] == 0;
    const auto output = running->outputs.find(id);
    if (output == running->outputs.end()) continue;
    output->second.failed_attempts += end.failed_attempts;
    if (!end.result.ok() && !output->second.failure) {
      output->second.failure = end.result.error().message();
    }
    if (is_last) end_output(*running, id);
  }
}

void BatchEvents::end_output(Running& running, int id) {
  OutputInfo& output = running.outputs[id];
  output.ended = driver_.clock().wall();
  output.duration = driver_.now() - running.outputs_began[id];
  bus_.tell([output](Listener& listener) { listener.on_output_completed(output); });
}

void BatchEvents::committed(const BatchReport& report) {
  Running* running = find(report.time);
  if (running == nullptr) return;
  BatchInfo& info = running->info;
  info.records_out = report.records_out;
  info.records_skipped = report.records_skipped;
  info.failed_attempts = report.failed_attempts;
  info.processing_delay = report.processing_time;
  complete(*running);
}

void BatchEvents::failed(BatchTime batch, const Error& why) {
  Running* running = find(batch);
  if (running == nullptr) return;
  running->info.failure = why.message();
  running->info.processing_delay = driver_.now() - running->began;
  complete(*running);
}

void BatchEvents::complete(Running& running) {
  BatchInfo& info = running.info;
  info.ended =
      WallTime{info.started->millis + *info.processing_delay / std::chrono::milliseconds(1)};
  for (const auto& [id, output] : running.outputs) info.outputs.push_back(output);
  bus_.tell([info](Listener& listener) { listener.on_batch_completed(info); });
  running_.erase(info.time);
}

}  // namespace weir::stream
