#include "stream/ports.h"

#include <utility>

namespace weir::stream {

/// One source's or output's way to the driver.
class Ports::Port final : public plan::SourceHost,
                          public plan::OutputHost,
                          public plan::TransactionsHost {
 public:
  explicit Port(Ports& ports, bool needs_all_records = false)
      : ports_(ports), needs_all_records_(needs_all_records) {}
  void on_change() override { ports_.setup_.changed(); }
  void on_trouble(const std::string& what) override {
    if (what == trouble_) return;
    ports_.setup_.log.warning(what.empty() ? concat("over: ", trouble_) : what);
    trouble_ = what;
    ports_.setup_.changed();
  }
  void on_failure(const Error& error) override { ports_.setup_.failed(error); }
  bool needs_all_records() const override { return needs_all_records_; }
  void on_receiver(ReceiverChange change, const ReceiverInfo& receiver) override {
    if (ports_.setup_.received) ports_.setup_.received(change, receiver);
  }
  void on_doomed(const Error& error) override { ports_.setup_.doomed(error); }

  const std::string& trouble() const { return trouble_; }

 private:
  Ports& ports_;
  const bool needs_all_records_;
  std::string trouble_;
};

Ports::Ports(Setup setup) : setup_(std::move(setup)) {}
Ports::~Ports() = default;

void Ports::open(const plan::Site& site, plan::Done opened) {
  if (setup_.transactions == nullptr) return open_ports(site, opened);
  transactions_ = std::make_unique<Port>(*this);
  missing_.insert("the transactions");
  setup_.transactions->open(site, *transactions_, [this, &site, opened](Result<void> result) {
    if (closing_) return;
    if (!result.ok()) return opened(std::move(result));
    missing_.clear();
    open_ports(site, opened);
  });
}

void Ports::open_ports(const plan::Site& site, const plan::Done& opened) {
  const auto& sources = setup_.graph->sources();
  const auto& outputs = setup_.graph->outputs();
  for (const auto& source : sources) missing_.insert(source->name());
  for (const auto& output : outputs) missing_.insert(output->name());
  if (missing_.empty()) setup_.driver->post([opened] { opened({}); });
  for (const auto& output : outputs) {
    outputs_.push_back(std::make_unique<Port>(*this));
    output->open(site, *outputs_.back(), on_opened(output->name(), opened));
  }
  for (const plan::Node* node : setup_.graph->source_nodes()) {
    sources_.push_back(std::make_unique<Port>(*this, plan::needs_all_records(*node)));
    const auto& source = sources[node->index];
    source->open(site, *sources_.back(), on_opened(source->name(), opened));
  }
}

plan::Done Ports::on_opened(std::string name, const plan::Done& opened) {
  return [this, name = std::move(name), opened](Result<void> result) {
    if (!result.ok()) return opened(std::move(result));
    missing_.erase(missing_.find(name));
    if (missing_.empty()) opened({});
  };
}

void Ports::close(plan::Done closed) {
  closing_ = true;
  if (!transactions_) return close_ports(closed);
  close_ports([this, closed](const Result<void>& ports) {
    setup_.transactions->close(
        [closed, ports](Result<void> result) { closed(ports.ok() ? std::move(result) : ports); });
  });
}

void Ports::close_ports(const plan::Done& closed) {
  struct Closing {
    std::size_t left = 0;
    Result<void> outcome;
  };
  const auto closing = std::make_shared<Closing>();  // shared by the answers to come
  closing->left = sources_.size() + outputs_.size();
  if (closing->left == 0) return setup_.driver->post([closed] { closed({}); });
  const plan::Done one_closed = [closing, closed](Result<void> result) {
    if (!result.ok() && closing->outcome.ok()) closing->outcome = std::move(result);
    if (--closing->left == 0) closed(closing->outcome);
  };
  for (std::size_t i = 0; i < sources_.size(); ++i) setup_.graph->sources()[i]->close(one_closed);
  for (std::size_t i = 0; i < outputs_.size(); ++i) setup_.graph->outputs()[i]->close(one_closed);
}

std::string Ports::describe_missing() const {
  std::string text;
  for (const std::string& name : missing_) text += concat(" ", name, ";");
  const std::string why = trouble();
  return text + (why.empty() ? " no answer" : concat(" ", why));
}

std::string Ports::trouble() const {
  if (transactions_ && !transactions_->trouble().empty()) return transactions_->trouble();
  for (const auto* ports : {&sources_, &outputs_}) {
    for (const auto& port : *ports) {
      if (!port->trouble().empty()) return port->trouble();
    }
  }
  return {};
}

}  // namespace weir::stream
