#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "net/loop.h"

namespace weir::kafka {

/// One T for each worker, made, used and destroyed on that worker's thread. Owned by something on
/// the driver's thread; make() and destroy() are called there and wait for nobody.
template <class T>
class PerWorker {
 public:
  using Make = std::function<std::unique_ptr<T>(std::size_t worker)>;

  /// Makes one on each loop; `made` comes on the driver's loop when all are there.
  void make(net::Loop& driver, std::vector<net::Loop*> workers, Make make,
            std::function<void()> made) {
    loops_ = std::move(workers);
    items_ = std::make_shared<Items>(loops_.size());
    on_each(driver, std::move(made), [items = items_, make = std::move(make)](std::size_t worker) {
      (*items)[worker] = make(worker);
    });
  }

  /// Destroys all; `destroyed` comes on the driver's loop when none is left.
  void destroy(net::Loop& driver, std::function<void()> destroyed) {
    if (!items_) {
      driver.post(std::move(destroyed));
      return;
    }
    on_each(driver, std::move(destroyed),
            [items = items_](std::size_t worker) { (*items)[worker].reset(); });
  }

  /// Calls `f(T&)` on a worker's thread, if its T still lives then.
  void post(std::size_t worker, std::function<void(T&)> f) const {
    loops_[worker]->post([items = items_, worker, f = std::move(f)] {
      if ((*items)[worker]) f(*(*items)[worker]);
    });
  }

  /// The same on all workers' threads.
  void post_to_all(const std::function<void(T&)>& f) const {
    for (std::size_t worker = 0; worker < loops_.size(); ++worker) post(worker, f);
  }

  /// The worker's own. On its thread only.
  T& of(std::size_t worker) const { return *(*items_)[worker]; }

 private:
  using Items = std::vector<std::unique_ptr<T>>;  // each touched by its own thread only

  void on_each(net::Loop& driver, std::function<void()> done, std::function<void(std::size_t)> f) {
    auto left = std::make_shared<std::size_t>(loops_.size());  // counted on the driver's thread
    for (std::size_t worker = 0; worker < loops_.size(); ++worker) {
      loops_[worker]->post([=, &driver] {
        f(worker);
        driver.post([=] {
          if (--*left == 0) done();
        });
      });
    }
  }

  std::vector<net::Loop*> loops_;
  std::shared_ptr<Items> items_;  // shared with calls under way
};

}  // namespace weir::kafka
