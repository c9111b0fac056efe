#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "plan/io.h"
#include "weir/operator.h"
#include "weir/pipeline.h"
#include "weir/types.h"

namespace weir::plan {

/// One operation of a pipeline. Owned by its Graph; plain data once described.
struct Node {
  enum class Kind { kSource, kNarrow, kUnion, kExchange, kOutput };
  /// An operation that goes on with this one's records.
  struct Consumer {
    Node* node = nullptr;
    std::uint32_t first_branch = 0;  ///< of a union: where this parent's branches begin among its
  };

  Kind kind = Kind::kNarrow;
  Graph* graph = nullptr;
  std::string name;
  std::vector<Consumer> consumers;
  std::uint32_t branches = 1;   ///< ways by which records come here, through unions, from heads
  std::int32_t partitions = 0;  ///< that its records are in; 0 where the source decides
  Duration slide{0};            ///< runs in the batches that end a slide; 0: in every batch
  bool behind_window = false;
  detail::TeeFunction tee = nullptr;
  bool whole_partition = false;
  bool counts_memory = false;
  bool gathers_keys = false;  ///< an exchange that brings the records of each key together

  std::unique_ptr<Operator> op;        // kNarrow, kOutput
  std::unique_ptr<Exchange> exchange;  // kExchange
  std::optional<Duration> window;      // of an exchange that keeps its records: for how long
  std::size_t index = 0;               // of the source or exchange among its kind
};

/// A window as it was asked for, and the slide of the stream that it was asked of.
struct AskedWindow {
  std::string name;
  Window window;
  Duration parent_slide;
};

/// What remembers something from batch to batch, and the name by which that is found again after a
/// start: the operation's, with a number from the second of its kind on, or one that was chosen.
struct NamedState {
  const StatefulOperator* op = nullptr;  // owned by its node
  std::string name;
};
struct NamedWindow {
  const Node* node = nullptr;
  std::string name;
};

/// The erased form of a pipeline: nodes, and the sources and outputs they name. Built on the user's
/// thread, read by all once the context has started.
class Graph {
 public:
  Node* add(Node::Kind kind, std::string name, const std::vector<Node*>& parents);
  Node* add_source(std::unique_ptr<Source> source);
  OutputIndex add_output(std::unique_ptr<Output> output);
  void add_mistake(Error mistake) { mistakes_.push_back(std::move(mistake)); }
  Node* add_exchange(Node* parent, std::string name, std::unique_ptr<Exchange> exchange);
  /// Adds an exchange whose records are those of the last `length`, every `slide` (0: the
  /// parent's).
  Node* add_window(Node* parent, std::string name, Window window,
                   std::unique_ptr<Exchange> exchange);

  /// Names a stateful operator, which a node of this graph has, after its operation.
  StateIndex add_state(const StatefulOperator* op, const std::string& operation);
  /// Gives the nearest operation before `stream`, or itself, that remembers something, this name.
  void name_state(const Node& stream, const std::string& name);
  /// Adds an exchange without parents: who runs the graph gives it its blocks.
  Node* add_given(std::string name, std::unique_ptr<Exchange> exchange);

  const std::deque<Node>& nodes() const { return nodes_; }
  const std::vector<Node*>& source_nodes() const { return source_nodes_; }
  const std::vector<Node*>& exchange_nodes() const { return exchange_nodes_; }
  const std::vector<NamedState>& stateful() const { return stateful_; }
  /// The window exchanges, with names as stateful operators have them.
  const std::vector<NamedWindow>& windows() const { return named_windows_; }
  const std::vector<std::unique_ptr<Source>>& sources() const { return sources_; }
  const std::vector<std::unique_ptr<Output>>& outputs() const { return outputs_; }

  /// Returns everything that is wrong with the pipeline, in one error; success when nothing is.
  /// `batch_interval` is the time between batches; 0 where there is none.
  Result<void> validate(Duration batch_interval = Duration{0}) const;

 private:
  void inherit(Node& node, const std::vector<Node*>& parents);
  std::deque<Node> nodes_;  // a deque: nodes keep their addresses
  std::vector<Node*> source_nodes_;
  std::vector<Node*> exchange_nodes_;
  std::string unique_name(const std::string& operation);
  std::string* state_name_of(const Node& node);

  std::vector<NamedState> stateful_;
  std::vector<NamedWindow> named_windows_;
  std::set<std::string> names_;  // of both
  std::vector<AskedWindow> windows_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<std::unique_ptr<Output>> outputs_;
  std::vector<Error> mistakes_;
};

/// Operators that run together on one partition: from a source or an exchange to outputs and
/// further exchanges. A value made by cut().
struct Stage {
  const Node* head = nullptr;         ///< a source or an exchange
  std::vector<std::size_t> upstream;  ///< stages that must be done first: those that feed the head
  bool whole_partition = false;       ///< a partition's input must not be cut into several tasks
  bool feeds_exchange = false;        ///< other stages read what this one makes
  bool counts_memory = false;         ///< one of its operators counts what it holds

  bool behind_window() const { return head->behind_window; }
  /// The batch may turn out not to fit into memory while this stage runs, so that what it does is
  /// held back until all such stages have run. Behind a window, no smaller batch would help.
  bool may_overrun() const { return !behind_window() && (feeds_exchange || counts_memory); }
};

/// Cuts the graph into stages, each behind those it needs. Streams that lead to no output are left
/// out.
std::vector<Stage> cut(const Graph& graph);

/// True where records of `node` come to `other`, or it is that.
bool leads_to(const Node& node, const Node& other);
/// True where `node` leads to an output; only such nodes are run.
bool leads_to_output(const Node& node);

/// True where records of `source` are brought together by key or kept in a window, states included:
/// one process has to read them all.
bool needs_all_records(const Node& source);

}  // namespace weir::plan
