#include "kafka/group_input.h"

#include <utility>

namespace weir::kafka {

GroupInput::GroupInput(std::size_t index, ClientContext& context, Metadata& metadata,
                       const std::string& group, MemberOptions options, GroupInput::Owner& owner)
    : index_(index),
      owner_(owner),
      coordinator_(context, metadata, group),
      offsets_(context, coordinator_,
               [this](const std::string& what) { owner_.on_input_trouble(index_, what); }),
      member_(context, metadata, coordinator_, std::move(options), *this) {}

}  // namespace weir::kafka
