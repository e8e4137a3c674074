// Partners of asynchronous links, as they are in verif/links.py: they see a wire a cycle later.

// Sends over request and acknowledge; a token is taken when it is acknowledged.
template <class Port>
class FourPhaseProducer {
  public:
    explicit FourPhaseProducer(Vtop& top) : top_{top} { Port::valid(top_) = 0; }

    void start(const std::string& folder, const std::string& phase) { sent_.start(folder, phase); }
    bool done() const { return sent_.done(); }

    void drive(const Pace& pace, Random& random, uint64_t cycle) {
        const bool moves = random.happens(pace.offer);
        if (acknowledged_) {
            if (requesting_ && moves) Port::valid(top_) = requesting_ = false;
        } else if (!requesting_ && moves && sent_.due(cycle)) {
            Port::put(top_, sent_.next());
            Port::valid(top_) = requesting_ = true;
        }
    }
    bool observe(const Pace& pace, uint64_t cycle, bool record) {
        const bool before = acknowledged_;
        acknowledged_ = Port::ready(top_);
        const bool rises = acknowledged_ && !before;
        if (rises) sent_.take(pace, cycle, record);
        else if (requesting_ && !acknowledged_) sent_.stall();
        return rises;
    }
    void report(FILE* out, const std::string& folder, const std::string& phase) const {
        sent_.report(out, folder, phase);
    }

  private:
    Vtop& top_;
    Sent<Port> sent_;
    bool requesting_ = false, acknowledged_ = false;
};

// Sends with a strobe; a token is taken when it rises.
template <class Port>
class StrobeProducer {
  public:
    explicit StrobeProducer(Vtop& top) : top_{top} { Port::valid(top_) = 0; }

    void start(const std::string& folder, const std::string& phase) { sent_.start(folder, phase); }
    bool done() const { return sent_.done(); }

    void drive(const Pace& pace, Random& random, uint64_t cycle) {
        rises_ = false;
        ++since_;
        if (!random.happens(pace.offer) || since_ < (high_ ? Port::high : Port::low)) return;
        if (high_) {
            high_ = false;
        } else if (sent_.due(cycle)) {
            Port::put(top_, sent_.next());
            high_ = rises_ = true;
        } else {
            return;
        }
        Port::valid(top_) = high_;
        since_ = 0;
    }
    bool observe(const Pace& pace, uint64_t cycle, bool record) {
        if (rises_) sent_.take(pace, cycle, record);
        return rises_;
    }
    void report(FILE* out, const std::string& folder, const std::string& phase) const {
        sent_.report(out, folder, phase);
    }

  private:
    Vtop& top_;
    Sent<Port> sent_;
    uint64_t since_ = Port::low;  // cycles since the strobe changed
    bool high_ = false, rises_ = false;
};

// Answers requests; a token is delivered when it is acknowledged.
template <class Port>
class FourPhaseConsumer {
  public:
    explicit FourPhaseConsumer(Vtop& top) : top_{top} { Port::ready(top_) = 0; }

    void start(size_t expected) { got_.start(expected); }
    bool done() const { return got_.done(); }

    void drive(const Pace& pace, Random& random) {
        if (random.happens(pace.accept)) Port::ready(top_) = acknowledging_ = requested_;
    }
    bool observe(uint64_t cycle, bool record) {
        requested_ = Port::valid(top_);
        if (holding_) got_.watch(top_, requested_);
        const bool taken = requested_ && acknowledging_ && holding_;
        if (taken) got_.take(top_, cycle, record);
        else if (requested_ && !acknowledging_) got_.stall(top_);
        holding_ = requested_ && !acknowledging_;
        return taken;
    }
    void report(FILE* out, const std::string& folder, const std::string& phase) const {
        got_.report(out, folder, phase);
    }

  private:
    Vtop& top_;
    Received<Port> got_;
    bool requested_ = false, acknowledging_ = false, holding_ = false;
};

// Takes a token whenever the strobe rises; it stays as it is while the strobe is high.
template <class Port>
class StrobeConsumer {
  public:
    explicit StrobeConsumer(Vtop& top) : top_{top} {}

    void start(size_t expected) { got_.start(expected); }
    bool done() const { return got_.done(); }

    void drive(const Pace&, Random&) {}
    bool observe(uint64_t cycle, bool record) {
        const bool before = high_;
        high_ = Port::valid(top_);
        if (high_ && before) got_.watch(top_, true);
        const bool rises = high_ && !before;
        if (rises) {
            got_.hold(top_);
            got_.take(top_, cycle, record);
        }
        return rises;
    }
    void report(FILE* out, const std::string& folder, const std::string& phase) const {
        got_.report(out, folder, phase);
    }

  private:
    Vtop& top_;
    Received<Port> got_;
    bool high_ = false;
};
