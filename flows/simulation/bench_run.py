"""One bench run in whatever simulator calls it."""

import traceback

from neuroloom.flows.macros.catalogue import macro
from neuroloom.flows.simulation.job import BenchJob, BenchOutcome, load_traffic
from neuroloom.verif.partners import BenchError
from neuroloom.verif.regimen import Regimen
from neuroloom.verif.simulator import OutOfTime, Simulator


async def run_job(job: BenchJob, sim: Simulator) -> BenchOutcome:
    """Run the job's bench on ``sim``. What went wrong stands in the outcome; nothing is raised but
    OutOfTime.
    """
    entry = macro(job.macro)
    spec = entry.spec.model_validate(job.spec)
    for port, value in job.constants.items():
        sim.set(port, value)
    bench = Regimen(spec, sim, job.seed)
    stimulus = entry.stimulus(spec)
    try:
        if job.traffic is not None:
            await bench.reset()
            await bench.replay(load_traffic(job.traffic))
        else:
            await bench.regress(stimulus, job.operations or stimulus.operations)
    except BenchError as error:
        return BenchOutcome(
            status="failed",
            message=str(error),
            inputs=bench.inputs_behind(error),
            report=bench.report.as_dict(),
        )
    except OutOfTime:
        raise
    except MemoryError:
        return BenchOutcome(
            status="crashed",
            message="there is not enough memory: lower --operations",
            report=bench.report.as_dict(),
        )
    except Exception:  # a defect of the bench itself must reach the user as such
        return BenchOutcome(
            status="crashed", message=traceback.format_exc(), report=bench.report.as_dict()
        )
    return BenchOutcome(status="passed", report=bench.report.as_dict())
