#include "avro/avrogen/type_plan.h"

#include <algorithm>
#include <limits>

namespace weir::avro {

namespace {

constexpr int kNoRank = std::numeric_limits<int>::max();

// Calls `function` for each type that `type` is directly made of.
template <class Function>
void for_each_part(const Type& type, const Function& function) {
  for (const Field& field : type.fields) function(*field.type);
  for (const Type* branch : type.branches) function(*branch);
  if (type.items != nullptr) function(*type.items);
}

}  // namespace

TypePlan::TypePlan(const Schema& schema) {
  visit(schema.root());
  for (const Type* type : order_) position_.emplace(type, position_.size());
  for (const Type* owner : order_) {
    for_each_part(*owner, [&](const Type& part) { find_mentions(*owner, part); });
  }
  find_ranks(schema);
}

void TypePlan::visit(const Type& type) {
  if (is_named(type.kind) && !visited_.insert(&type).second) return;
  for_each_part(type, [&](const Type& part) { visit(part); });
  if (is_named(type.kind)) order_.push_back(&type);
}

void TypePlan::find_mentions(const Type& owner, const Type& type) {
  if (type.kind == Kind::kRecord) {
    if (!needs_box(owner, type)) return;
    has_cycle_ = true;
    if (&type != &owner) mentioned_early_.insert(&type);
  } else if (!is_named(type.kind)) {
    for_each_part(type, [&](const Type& part) { find_mentions(owner, part); });
  }
}

bool TypePlan::needs_box(const Type& owner, const Type& record) const {
  return position_.at(&record) >= position_.at(&owner);
}

bool TypePlan::has_view(const Type& type) const {
  std::set<const Type*> seen;
  return is_viewable(type, seen);
}

bool TypePlan::is_viewable(const Type& type, std::set<const Type*>& seen) const {
  if (type.kind == Kind::kString || type.kind == Kind::kBytes || type.kind == Kind::kMap) {
    return true;
  }
  if (is_named(type.kind) && !seen.insert(&type).second) return false;
  bool viewable = false;
  for_each_part(type, [&](const Type& part) { viewable = viewable || is_viewable(part, seen); });
  return viewable;
}

// A record's rank is above those of all that its default value needs. Found from the bottom up, as
// in check_that_values_exist(), which makes sure that every record gets one.
void TypePlan::find_ranks(const Schema& schema) {
  for (int round = 0; ranks_.size() < schema.named_types().size(); ++round) {
    for (const Type* type : schema.named_types()) {
      if (ranks_.count(type) > 0) continue;
      const bool ready = std::all_of(type->fields.begin(), type->fields.end(),
                                     [&](const Field& field) { return rank(*field.type) < round; });
      if (ready) ranks_.emplace(type, round);
    }
  }
}

int TypePlan::rank(const Type& type) const {
  if (type.kind == Kind::kUnion) {
    int least = kNoRank;
    for (const Type* branch : type.branches) least = std::min(least, rank(*branch));
    return least;
  }
  if (type.kind != Kind::kRecord) return -1;
  const auto found = ranks_.find(&type);
  return found == ranks_.end() ? kNoRank : found->second;
}

std::size_t TypePlan::default_branch(const Type& type) const {
  if (!has_cycle_) return 0;
  const auto least = std::min_element(
      type.branches.begin(), type.branches.end(),
      [&](const Type* left, const Type* right) { return rank(*left) < rank(*right); });
  return static_cast<std::size_t>(least - type.branches.begin());
}

}  // namespace weir::avro
