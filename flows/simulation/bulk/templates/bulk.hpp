// Drives a Verilated model through valid/ready streams: producers, consumers and phases.
// The generated part that follows names the streams and their ports.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

constexpr uint64_t ALWAYS = uint64_t{1} << 32;  // probability 1
constexpr int RESET_CYCLES = 2;

// The words key=value of the command line.
class Job {
  public:
    Job(int count, char** words) {
        for (int i = 1; i < count; ++i) {
            const std::string word = words[i];
            const auto equals = word.find('=');
            values_[word.substr(0, equals)] = word.substr(equals + 1);
        }
    }
    std::string text(const std::string& key) const {
        const auto found = values_.find(key);
        return found == values_.end() ? "" : found->second;
    }
    uint64_t number(const std::string& key) const {
        const std::string value = text(key);
        return value.empty() ? 0 : std::stoull(value);
    }

  private:
    std::map<std::string, std::string> values_;
};

std::vector<unsigned char> read_file(const std::string& name) {
    std::vector<unsigned char> bytes;
    FILE* file = std::fopen(name.c_str(), "rb");
    if (!file) return bytes;  // a stream without tokens has no file
    std::fseek(file, 0, SEEK_END);
    bytes.resize(static_cast<size_t>(std::ftell(file)));
    std::rewind(file);
    if (std::fread(bytes.data(), 1, bytes.size(), file) != bytes.size())
        throw std::runtime_error("cannot read " + name);
    std::fclose(file);
    return bytes;
}

void write_file(const std::string& name, const void* data, size_t size) {
    FILE* file = std::fopen(name.c_str(), "wb");
    if (!file || std::fwrite(data, 1, size, file) != size || std::fclose(file))
        throw std::runtime_error("cannot write " + name);
}

// xorshift64*, Marsaglia 2003 with the multiplier of Vigna 2016.
class Random {
  public:
    explicit Random(uint64_t seed) : state_{(seed + 1) * 0x9E3779B97F4A7C15u} {
        if (!state_) state_ = 1;
    }
    bool happens(uint64_t threshold) {
        if (threshold >= ALWAYS) return true;
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return (state_ * 0x2545F4914F6CDD1Du) >> 32 < threshold;
    }

  private:
    uint64_t state_;
};

// How fast tokens are offered and accepted.
struct Pace {
    uint64_t offer, accept;  // probabilities in 2**-32
    uint64_t spacing;        // cycles between the starts of operations; 0 for no limit
    uint64_t beat, burst;    // each beat cycles so many tokens at most; 0 for no limit
};

// The tokens of an input stream and what became of them.
template <class Port>
class Sent {
  public:
    void start(const std::string& folder, const std::string& phase) {
        tokens_ = read_file(folder + "/" + phase + "_" + Port::name + ".in");
        taken_ = stalls_ = due_ = 0;
        left_ = Port::per_operation;
        cycles_.clear();
    }
    bool done() const { return taken_ * Port::bytes == tokens_.size(); }
    bool due(uint64_t cycle) const { return !done() && cycle >= due_; }
    const unsigned char* next() const { return tokens_.data() + taken_ * Port::bytes; }
    void stall() { ++stalls_; }
    void take(const Pace& pace, uint64_t cycle, bool record) {
        ++taken_;
        if (record) cycles_.push_back(cycle);
        if (Port::per_operation && --left_ == 0) {
            left_ = Port::per_operation;
            due_ += pace.spacing;
        }
        if (Port::per_operation && pace.beat)
            due_ = std::max(due_, taken_ / pace.burst * pace.beat);
    }
    void report(FILE* out, const std::string& folder, const std::string& phase) const {
        std::fprintf(out, "\"%s\": {\"tokens\": %zu, \"stalls\": %zu, \"unstable\": null}",
                     Port::name, taken_, stalls_);
        write_file(folder + "/" + phase + "_" + Port::name + ".cycles", cycles_.data(),
                   cycles_.size() * sizeof(uint64_t));
    }

  private:
    std::vector<unsigned char> tokens_;
    std::vector<uint64_t> cycles_;
    size_t taken_ = 0, stalls_ = 0, left_ = 0;
    uint64_t due_ = 0;
};

// The tokens that came on an output stream; one that waits must stay as it is.
template <class Port>
class Received {
  public:
    void start(size_t expected) {
        expected_ = expected;
        delivered_ = stalls_ = 0;
        received_.clear();
        received_.reserve(expected * Port::bytes);
        cycles_.clear();
    }
    bool done() const { return delivered_ >= expected_; }
    void stall(const Vtop& top) {
        ++stalls_;
        hold(top);
    }
    void hold(const Vtop& top) { Port::get(top, held_); }
    void watch(const Vtop& top, bool valid) {
        unsigned char now[Port::bytes];
        Port::get(top, now);
        if (unstable_.empty() && (!valid || std::memcmp(now, held_, Port::bytes)))
            unstable_ = std::to_string(delivered_);
    }
    void take(const Vtop& top, uint64_t cycle, bool record) {
        received_.resize(received_.size() + Port::bytes);
        Port::get(top, received_.data() + delivered_ * Port::bytes);
        ++delivered_;
        if (record) cycles_.push_back(cycle);
    }
    void report(FILE* out, const std::string& folder, const std::string& phase) const {
        std::fprintf(out, "\"%s\": {\"tokens\": %zu, \"stalls\": %zu, \"unstable\": %s}",
                     Port::name, delivered_, stalls_,
                     unstable_.empty() ? "null" : unstable_.c_str());
        const std::string stem = folder + "/" + phase + "_" + Port::name;
        write_file(stem + ".out", received_.data(), received_.size());
        write_file(stem + ".cycles", cycles_.data(), cycles_.size() * sizeof(uint64_t));
    }

  private:
    std::vector<unsigned char> received_;
    std::vector<uint64_t> cycles_;
    size_t expected_ = 0, delivered_ = 0, stalls_ = 0;
    unsigned char held_[Port::bytes] = {};
    std::string unstable_;  // the first token that changed while it waited
};

// Offers the tokens of an input stream. While nothing is offered the payload stays as it was.
template <class Port>
class Producer {
  public:
    explicit Producer(Vtop& top) : top_{top} { Port::valid(top_) = 0; }

    void start(const std::string& folder, const std::string& phase) { sent_.start(folder, phase); }
    bool done() const { return sent_.done(); }

    void drive(const Pace& pace, Random& random, uint64_t cycle) {
        if (offering_) return;
        if (sent_.due(cycle) && random.happens(pace.offer)) {
            Port::put(top_, sent_.next());
            Port::valid(top_) = 1;
            offering_ = true;
        } else {
            Port::valid(top_) = 0;
        }
    }
    bool observe(const Pace& pace, uint64_t cycle, bool record) {
        if (!offering_) return false;
        if (!Port::ready(top_)) {
            sent_.stall();
            return false;
        }
        offering_ = false;
        sent_.take(pace, cycle, record);
        return true;
    }
    void report(FILE* out, const std::string& folder, const std::string& phase) const {
        sent_.report(out, folder, phase);
    }

  private:
    Vtop& top_;
    Sent<Port> sent_;
    bool offering_ = false;
};

// Accepts the tokens of an output stream.
template <class Port>
class Consumer {
  public:
    explicit Consumer(Vtop& top) : top_{top} { Port::ready(top_) = 0; }

    void start(size_t expected) { got_.start(expected); }
    bool done() const { return got_.done(); }

    void drive(const Pace& pace, Random& random) {
        open_ = random.happens(pace.accept);
        Port::ready(top_) = open_;
    }
    bool observe(uint64_t cycle, bool record) {
        const bool valid = Port::valid(top_);
        if (holding_) got_.watch(top_, valid);
        holding_ = valid && !open_;
        if (!valid) return false;
        if (holding_) {
            got_.stall(top_);
            return false;
        }
        got_.take(top_, cycle, record);
        return true;
    }
    void report(FILE* out, const std::string& folder, const std::string& phase) const {
        got_.report(out, folder, phase);
    }

  private:
    Vtop& top_;
    Received<Port> got_;
    bool open_ = false, holding_ = false;
};

// Runs the phases of a job and writes what came of them. ``Streams`` holds every producer and
// consumer; ``Tracer`` sees the settled model in each half of every cycle, or nothing at all.
template <class Streams, class Tracer>
class Harness {
  public:
    Harness(const Job& job, Vtop& top)
        : job_{job}, top_{top}, streams_{top}, tracer_{job, top}, random_{job.number("seed")},
          folder_{job.text("folder")}, record_{job.number("record") != 0} {}

    void run() {
        reset();
        FILE* out = std::fopen((folder_ + "/result.json").c_str(), "w");
        if (!out) throw std::runtime_error("cannot write to " + folder_);
        const uint64_t drain = job_.number("drain");
        Pace pace{job_.number("offer"), job_.number("accept"), 0};
        std::fprintf(out, "{");
        bool alive = phase(out, "idle", {ALWAYS, ALWAYS, 0}, job_.number("idle"), 0, false);
        if (alive && job_.number("setup")) {
            std::fprintf(out, ",\n");
            alive = phase(out, "setup", pace, drain, 0, false);
        }
        if (alive) {
            pace.spacing = job_.number("spacing");
            pace.beat = job_.number("beat");
            pace.burst = job_.number("burst");
            std::fprintf(out, ",\n");
            phase(out, "work", pace, drain, job_.number("window"), true);
        }
        std::fprintf(out, "}\n");
        if (std::fclose(out)) throw std::runtime_error("cannot write to " + folder_);
        tracer_.close();
    }

  private:
    void reset() {
        top_.clk = 0;
        top_.rst = 1;
        top_.eval();
        for (int i = 0; i < RESET_CYCLES; ++i) clock([] {});
        top_.rst = 0;
        top_.eval();
    }

    // One cycle: the rising edge, then ``drive`` the inputs, then all settles with the clock low.
    template <class Drive>
    void clock(Drive drive) {
        top_.clk = 1;
        top_.eval();
        drive();
        if (tracer_.active()) {
            top_.eval();
            tracer_.sample(2 * cycle_);
        }
        top_.clk = 0;
        top_.eval();
        if (tracer_.active()) tracer_.sample(2 * cycle_ + 1);
        ++cycle_;
    }

    // Sends a phase's tokens and at least ``window`` cycles, then sees that nothing more comes in
    // ``drain`` cycles. False when nothing moved for too long.
    bool phase(FILE* out, const std::string& name, const Pace& pace, uint64_t drain,
               uint64_t window, bool counted) {
        streams_.start(job_, folder_, name);
        const uint64_t begin = cycle_, patience = job_.number("patience");
        uint64_t quiet = 0;
        const auto step = [&] {
            const uint64_t cycle = cycle_ - begin;
            clock([&] { streams_.drive(pace, random_, cycle); });
            return streams_.observe(pace, cycle, record_ && counted);
        };
        const auto start = std::chrono::steady_clock::now();
        if (counted) tracer_.open_window(2 * cycle_ - 1);
        while (quiet <= patience) {
            const bool done = streams_.done();
            if (window ? cycle_ - begin == window : done) tracer_.close_window();
            if (done && cycle_ - begin >= window) break;
            quiet = step() || streams_.done() ? 0 : quiet + 1;
        }
        const bool finished = streams_.done();
        const uint64_t cycles = cycle_ - begin;
        if (finished)
            for (uint64_t i = 0; i < drain; ++i) step();
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        std::fprintf(out,
                     "\"%s\": {\"finished\": %s, \"cycles\": %llu, \"simulated\": %llu, "
                     "\"seconds\": %.9f, \"streams\": {",
                     name.c_str(), finished ? "true" : "false",
                     static_cast<unsigned long long>(cycles),
                     static_cast<unsigned long long>(cycle_ - begin), seconds.count());
        streams_.report(out, folder_, name);
        std::fprintf(out, "}}");
        return finished;
    }

    const Job& job_;
    Vtop& top_;
    Streams streams_;
    Tracer tracer_;
    Random random_;
    std::string folder_;
    bool record_;
    uint64_t cycle_ = 0;
};
