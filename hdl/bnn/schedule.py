"""Steps of a vector: fold by fold, group by group."""

from amaranth.hdl import Module, Signal, Value

from neuroloom.golden.bnn.layer import BnnLayerSpec


class Schedule:
    """Counts on ``step``: ``fold`` within ``group``, and ``position`` among all steps."""

    def __init__(self, m: Module, spec: BnnLayerSpec, step: Value) -> None:
        self.position = Signal(range(spec.folds * spec.groups), name="position")
        self.fold = Signal(range(spec.folds), name="fold")
        self.group = Signal(range(spec.groups), name="group")
        self.last_fold = self.fold == spec.folds - 1
        self.between = (self.fold == 0) & (self.group == 0)
        """No vector is begun."""
        with m.If(step):
            m.d.sync += self.fold.eq(self.fold + 1)
            m.d.sync += self.position.eq(self.position + 1)
            with m.If(self.last_fold):
                m.d.sync += self.fold.eq(0)
                m.d.sync += self.group.eq(self.group + 1)
                with m.If(self.group == spec.groups - 1):
                    m.d.sync += self.group.eq(0)
                    m.d.sync += self.position.eq(0)
