#pragma once

#include <exception>
#include <utility>

#include "weir/result.h"

namespace weir::detail {

/// Carries an Error out of an operator to the edge of its task, the one place that catches.
class TaskError : public std::exception {
 public:
  explicit TaskError(Error error) : error_(std::move(error)) {}
  const char* what() const noexcept override { return error_.message().c_str(); }
  const Error& error() const { return error_; }

 private:
  Error error_;
};

/// A task writes more than the budget has for output: it runs again as two.
class OutputTooLarge : public TaskError {
 public:
  using TaskError::TaskError;
};

}  // namespace weir::detail
