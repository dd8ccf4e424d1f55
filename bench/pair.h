// SPDX-License-Identifier: Apache-2.0
// Our work and its physical limit, timed in turns inside one benchmark, so that noise of the
// machine hits both alike and their ratio is worth something where single numbers move by a factor
// of two. Processor time is taken beside the clock: other people's work costs less of it.
#pragma once

#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

namespace claustrum::bench {

struct Seconds {
  double wall = 0;
  double cpu = 0;  // of all threads of this process
};

inline double process_cpu() {
  timespec at{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
  return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) * 1e-9;
}

template <typename F>
Seconds seconds_of(const F& work) {
  const double cpu = process_cpu();
  const auto start = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  return {wall.count(), process_cpu() - cpu};
}

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

struct Samples {
  std::vector<double> wall;
  std::vector<double> cpu;
  void add(Seconds sample) {
    wall.push_back(sample.wall);
    cpu.push_back(sample.cpu);
  }
};

// Runs the pair in turns; reports the medians in microseconds, `ratio` = ours / limit by the clock
// and `cpu_ratio` by processor time.
template <typename Ours, typename Limit>
void run_pair(benchmark::State& state, const Ours& ours, const Limit& limit) {
  Samples mine;
  Samples bare;
  for (auto _ : state) {
    mine.add(seconds_of(ours));
    bare.add(seconds_of(limit));
    state.SetIterationTime(mine.wall.back());
  }
  state.counters["ours_us"] = median(mine.wall) * 1e6;
  state.counters["limit_us"] = median(bare.wall) * 1e6;
  state.counters["ratio"] = median(mine.wall) / median(bare.wall);
  state.counters["cpu_ratio"] = median(mine.cpu) / median(bare.cpu);
}

// `work` `count` times on each of `threads` threads.
template <typename F>
void on_threads(unsigned threads, int count, const F& work) {
  std::vector<std::jthread> workers;
  for (unsigned i = 0; i < threads; ++i) {
    workers.emplace_back([&work, count] {
      for (int j = 0; j < count; ++j) {
        work();
      }
    });
  }
}

// How much more two threads get done than one, ours and the limit in turns: 2 where nothing is
// shared and both cores are free. `cpu_growth`: processor time of one piece of work on two threads
// against one; above 1 where threads wait for each other's locks or cache lines, however busy the
// machine is.
template <typename Ours, typename Limit>
void run_scaling(benchmark::State& state, int count, const Ours& ours, const Limit& limit) {
  Samples mine[2];
  Samples bare[2];
  for (auto _ : state) {
    for (const unsigned threads : {1U, 2U}) {
      mine[threads - 1].add(seconds_of([&] { on_threads(threads, count, ours); }));
      bare[threads - 1].add(seconds_of([&] { on_threads(threads, count, limit); }));
    }
    state.SetIterationTime(mine[1].wall.back());
  }
  state.counters["scaling"] = 2 * median(mine[0].wall) / median(mine[1].wall);
  state.counters["limit_scaling"] = 2 * median(bare[0].wall) / median(bare[1].wall);
  state.counters["cpu_growth"] = median(mine[1].cpu) / (2 * median(mine[0].cpu));
  state.counters["limit_cpu_growth"] = median(bare[1].cpu) / (2 * median(bare[0].cpu));
}

}  // namespace claustrum::bench
