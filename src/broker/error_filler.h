#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>
#include <vector>

#include "wire/schema.h"

namespace weir::broker {

/// Sets every error code of an answer: for errors on demand. A visitor of wire messages.
class ErrorFiller {
 public:
  explicit ErrorFiller(std::int16_t code) : code_(code) {}

  template <class Message>
  void fill(Message& message) {
    Message::describe(message, *this);
  }

  template <class Field>
  void operator()(const char* name, Field& field, wire::Versions = {}, wire::Versions = {}) {
    if constexpr (std::is_same_v<Field, std::int16_t>) {
      if (std::string_view(name) == "errorCode") field = code_;
    } else {
      descend(field);
    }
  }
  template <class Field>
  void tagged(std::uint32_t, const char*, Field&, wire::Versions,
              const std::type_identity_t<Field>& = {}) {}

 private:
  template <class Field>
  void descend(Field&) {}
  template <class Element>
  void descend(std::vector<Element>& elements) {
    if constexpr (requires(Element& element, ErrorFiller& filler) {
                    Element::describe(element, filler);
                  }) {
      for (Element& element : elements) fill(element);
    }
  }

  const std::int16_t code_;
};

}  // namespace weir::broker
