#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "plan/graph.h"
#include "plan/io.h"
#include "weir/listener.h"

namespace weir::stream {

/// The pipeline's sources and outputs as the driver sees them: opened together, watched while they
/// run, closed together. Owned by the driver, on its loop.
class Ports {
 public:
  struct Setup {
    const plan::Graph* graph = nullptr;
    net::Loop* driver = nullptr;
    Log log;
    std::function<void()> changed;                ///< there may be more to plan or to show
    std::function<void(Error)> failed;            ///< a source cannot go on
    plan::Transactions* transactions = nullptr;   ///< under exactly-once
    std::function<void(Error)> doomed = nullptr;  ///< a transaction cannot be committed
    /// A source that receives by itself has changed.
    std::function<void(ReceiverChange, const ReceiverInfo&)> received = nullptr;
  };
  explicit Ports(Setup setup);
  ~Ports();
  Ports(const Ports&) = delete;
  Ports& operator=(const Ports&) = delete;

  /// Opens all, the transactions first: what the sources read is committed then. `opened` comes
  /// when all are there, or with each failure before that. `site` outlives this object.
  void open(const plan::Site& site, plan::Done opened);
  /// Closes what was opened. `closed` comes once, with the first error.
  void close(plan::Done closed);

  /// Those that have not opened yet, and why, for a message.
  std::string describe_missing() const;
  /// What a source or output says it waits for; empty when all is well.
  std::string trouble() const;

 private:
  class Port;
  plan::Done on_opened(std::string name, const plan::Done& opened);
  void open_ports(const plan::Site& site, const plan::Done& opened);
  void close_ports(const plan::Done& closed);

  Setup setup_;
  std::unique_ptr<Port> transactions_;
  bool closing_ = false;
  std::vector<std::unique_ptr<Port>> sources_;
  std::vector<std::unique_ptr<Port>> outputs_;
  std::multiset<std::string> missing_;
};

}  // namespace weir::stream
