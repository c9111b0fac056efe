#pragma once

#include <string>

#include "weir/dstream.h"

namespace weir {

namespace detail {
void name_state(plan::Node* stream, const std::string& name);
}

/// Names what the last window or operation with state before `stream` remembers, such as that which
/// returned it. Under this name `.checkpoint` finds it again, whatever else the program does then;
/// without one it has the operation's, with a number where there are several of its kind. Two with
/// the same name, or none to name, are an error at start().
template <class T>
void name_state(const DStream<T>& stream, const std::string& name) {
  detail::name_state(stream.node(), name);
}

}  // namespace weir
