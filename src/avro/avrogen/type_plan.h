#pragma once

#include <map>
#include <set>
#include <vector>

#include "avro/schema.h"

namespace weir::avro {

/// In what order, and how, the named types of a schema become C++ types. Refers to the schema's
/// types, which must outlive it.
class TypePlan {
 public:
  explicit TypePlan(const Schema& schema);

  /// All named types, each behind those it needs, except where records need each other.
  const std::vector<const Type*>& order() const { return order_; }

  /// True where a field of `owner` cannot hold a `record` itself, because that has no size yet: the
  /// record is defined behind its owner, or is the owner.
  bool needs_box(const Type& owner, const Type& record) const;

  /// The records that are mentioned before they are defined.
  const std::set<const Type*>& mentioned_early() const { return mentioned_early_; }

  /// True if there is a string, bytes or a map anywhere in `type`: its view differs from itself.
  bool has_view(const Type& type) const;

  /// Returns the branch of a union to start with: the first one, unless records need each other and
  /// making a value by default would have no end.
  std::size_t default_branch(const Type& type) const;

 private:
  void visit(const Type& type);
  void find_mentions(const Type& owner, const Type& type);
  void find_ranks(const Schema& schema);
  bool is_viewable(const Type& type, std::set<const Type*>& seen) const;
  int rank(const Type& type) const;

  std::set<const Type*> visited_;
  std::vector<const Type*> order_;
  std::map<const Type*, std::size_t> position_;
  std::set<const Type*> mentioned_early_;
  bool has_cycle_ = false;
  std::map<const Type*, int> ranks_;
};

}  // namespace weir::avro
