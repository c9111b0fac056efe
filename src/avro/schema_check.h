#pragma once

#include <vector>

#include "avro/schema.h"
#include "weir/result.h"

/// What can be checked of a schema only when all of its types are known.
namespace weir::avro {

/// Fails if there is a record that no value can exist of, because it contains itself with nothing
/// but records and unions of one branch between.
Result<void> check_that_values_exist(const std::vector<const Type*>& named_types);

/// Fails if a field's default is no value of its type.
Result<void> check_defaults(const std::vector<const Type*>& named_types);

}  // namespace weir::avro
