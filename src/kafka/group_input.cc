#include "kafka/group_input.h"

#include <utility>

#include "base/check.h"
#include "base/log.h"

namespace weir::kafka {

GroupInput::GroupInput(Setup setup, GroupInput::Owner& owner)
    : index_(setup.index),
      owner_(owner),
      context_{setup.context->loop, for_part(setup.context->options, index_),
               setup.context->buffers, setup.context->log},
      ownership_(*this),
      coordinator_(context_, *setup.metadata, std::move(setup.group)),
      offsets_(
          context_, coordinator_, [this](const std::string& what) { tell_offset_trouble(what); },
          [this](const auto& as, const Error& error) {
            return member_.on_commit_refused(as, error);
          }),
      transaction_offsets_(
          context_, coordinator_, [this] { return generation_; },
          [this](const std::string& what) { tell_offset_trouble(what); },
          [this](const auto& as, const Error& error) {
            return member_.on_commit_refused(as, error);
          }),
      member_(context_, *setup.metadata, coordinator_, std::move(setup.member), *this) {}

void GroupInput::on_assigned(const GroupGeneration& generation,
                             const std::vector<TopicPartition>& added) {
  if (generation_) offsets_.go_on_as(*generation_, generation);
  generation_ = generation;
  ownership_.assign(added);
}

void GroupInput::commit(const LogPositions& positions, const std::string& metadata,
                        std::function<void(Result<void>)> done) {
  WEIR_CHECK(generation_, "what is lost is not committed");
  offsets_.commit(*generation_, positions, metadata, std::move(done));
}

void GroupInput::on_lost() {
  context_.log.warning(
      concat("group '", coordinator_.key(), "': input ", index_,
             " lost its partitions; what was under way is read again by their next "
             "owners"));
  generation_.reset();
  ++losses_;
  transaction_offsets_.lose();
  ownership_.lose();
}

}  // namespace weir::kafka
