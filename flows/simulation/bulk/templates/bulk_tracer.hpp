// Tracing of a run: a VCD file of all cycles, or the toggles of every net over a window of cycles.

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "verilated_vcd_c.h"

constexpr uint64_t HALF_CYCLE = 5000;  // in steps of a picosecond: 100 MHz in the VCD file

// Reads VCD text as it is made and counts the value changes of every bit. Values of the first
// sample are where counting starts. Nothing is written to disk, where a long run takes gigabytes.
class ToggleCounter final : public VerilatedVcdFile {
  public:
    bool open(const std::string&) override { return true; }
    void close() override {}
    ssize_t write(const char* text, ssize_t size) override {
        const char* const end = text + size;
        while (text < end) {
            const char* stop =
                static_cast<const char*>(std::memchr(text, '\n', static_cast<size_t>(end - text)));
            if (!stop) {
                partial_.append(text, end);
                break;
            }
            if (partial_.empty()) {
                line(text, stop);
            } else {
                partial_.append(text, stop);
                line(partial_.data(), partial_.data() + partial_.size());
                partial_.clear();
            }
            text = stop + 1;
        }
        return size;
    }

    // A line a bit: the count, a blank, the name. Ports are listed once, inside the top module.
    void report(const std::string& name) const {
        FILE* file = std::fopen(name.c_str(), "w");
        if (!file) throw std::runtime_error("cannot write " + name);
        for (const Net& net : nets_) {
            const uint64_t* count = toggles_.data() + offsets_[net.code];
            if (!net.vector) {
                std::fprintf(file, "%llu %s\n", static_cast<unsigned long long>(*count),
                             net.name.c_str());
                continue;
            }
            const int step = net.left >= net.right ? -1 : 1;
            for (int bit = net.left;; bit += step) {
                std::fprintf(file, "%llu %s[%d]\n", static_cast<unsigned long long>(*count++),
                             net.name.c_str(), bit);
                if (bit == net.right) break;
            }
        }
        if (std::fclose(file)) throw std::runtime_error("cannot write " + name);
    }

  private:
    struct Net {
        std::string name;
        size_t code;
        bool vector;
        int left, right;
    };
    static constexpr size_t NOWHERE = ~size_t{0};
    static constexpr size_t TOP_DEPTH = 2;  // below the scope that stands for the whole model

    // An identifier code is a number written with the 94 printable characters.
    static size_t code_of(const char* text, const char* end) {
        size_t code = 0;
        for (; text < end; ++text) code = 94 * code + static_cast<size_t>(*text - '!') + 1;
        return code;
    }

    void line(const char* text, const char* end) {
        if (text == end || *text == '#') return;
        if (!in_values_) {
            declaration(std::string(text, end));
        } else if (*text == 'b') {
            const char* blank = static_cast<const char*>(
                std::memchr(text, ' ', static_cast<size_t>(end - text)));
            change(code_of(blank + 1, end), text + 1, blank);
        } else {
            change(code_of(text + 1, end), text, text + 1);
        }
    }

    void change(size_t code, const char* value, const char* end) {
        const size_t offset = offsets_[code];
        char* last = last_.data() + offset;
        uint64_t* count = toggles_.data() + offset;
        for (; value < end; ++value, ++last, ++count) {
            *count += *last != *value && *last != UNKNOWN;
            *last = *value;
        }
    }

    void declaration(const std::string& text) {
        std::vector<std::string> words;
        for (size_t at = 0; (at = text.find_first_not_of(' ', at)) != std::string::npos;) {
            const size_t stop = std::min(text.find(' ', at), text.size());
            words.push_back(text.substr(at, stop - at));
            at = stop;
        }
        if (words.empty()) return;
        if (words[0] == "$enddefinitions") in_values_ = true;
        if (words[0] == "$scope") scopes_.push_back(words[2]);
        if (words[0] == "$upscope") scopes_.pop_back();
        if (words[0] != "$var") return;
        const size_t code = code_of(words[3].data(), words[3].data() + words[3].size());
        if (code >= offsets_.size()) offsets_.resize(code + 1, NOWHERE);
        if (offsets_[code] == NOWHERE) {
            offsets_[code] = toggles_.size();
            toggles_.resize(toggles_.size() + std::stoul(words[2]));
            last_.resize(toggles_.size(), UNKNOWN);
        }
        if (scopes_.size() < TOP_DEPTH) return;
        Net net{"", code, words[5] != "$end", 0, 0};
        for (size_t i = TOP_DEPTH; i < scopes_.size(); ++i) net.name += scopes_[i] + ".";
        net.name += words[4];
        if (net.vector && std::sscanf(words[5].c_str(), "[%d:%d]", &net.left, &net.right) != 2)
            throw std::runtime_error("a range that is none: " + text);
        nets_.push_back(net);
    }

    static constexpr char UNKNOWN = 'x';
    bool in_values_ = false;
    std::string partial_;
    std::vector<std::string> scopes_;
    std::vector<Net> nets_;
    std::vector<size_t> offsets_;  // of a code's first bit
    std::vector<uint64_t> toggles_;
    std::vector<char> last_;
};

// Between cycles the clock is low and everything has settled: a window opens and closes there.
class Tracer {
  public:
    Tracer(const Job& job, Vtop& top)
        : waves_{job.text("waves")}, toggles_{job.text("toggles")},
          vcd_{toggles_.empty() ? nullptr : &counter_} {
        if (waves_.empty() && toggles_.empty()) return;
        top.contextp()->traceEverOn(true);
        top.trace(&vcd_, 99);
        if (!waves_.empty()) start(waves_);
    }
    bool active() const { return active_; }
    void sample(uint64_t half_cycle) { vcd_.dump(half_cycle * HALF_CYCLE); }
    void open_window(uint64_t half_cycle) {
        if (toggles_.empty()) return;
        start("counted");
        sample(half_cycle);
    }
    void close_window() {
        if (!active_ || toggles_.empty()) return;
        active_ = false;
        vcd_.close();
        counter_.report(toggles_);
    }
    void close() {
        if (active_) vcd_.close();
    }

  private:
    void start(const std::string& file) {
        vcd_.open(file.c_str());
        if (!vcd_.isOpen()) throw std::runtime_error("cannot write " + file);
        active_ = true;
    }

    std::string waves_, toggles_;
    ToggleCounter counter_;
    VerilatedVcdC vcd_;
    bool active_ = false;
};
