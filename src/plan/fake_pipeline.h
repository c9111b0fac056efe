#pragma once

#include <memory>
#include <string>
#include <utility>

#include "plan/fake_output.h"
#include "plan/fake_source.h"
#include "plan/graph.h"
#include "weir/dstream.h"
#include "weir/record_operators.h"

/// Streams over the fake source and output, for tests of the engine.
namespace weir::plan {

/// The fake source's values as strings.
inline DStream<std::string> fake_strings(Node* source, BadRecords policy = {}) {
  return DStream<std::string>(
      detail::append_narrow(source, {"decode", detail::make_tee<std::string>, false},
                            new detail::DecodeOperator<std::string>(std::move(policy), {})));
}

/// Writes a stream to a fake output, which belongs to the pipeline.
inline FakeOutput* write_to_fake(const DStream<std::string>& stream) {
  auto owned = std::make_unique<FakeOutput>();
  FakeOutput* output = owned.get();
  const OutputIndex index = detail::append_target(stream.node(), std::move(owned));
  detail::append_output(stream.node(), {"to", nullptr, false},
                        new detail::EncodeOperator<std::string, detail::NoKey>(index, {}));
  return output;
}

}  // namespace weir::plan
