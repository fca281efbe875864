"""Small invented files in the forms that instruments write, each a function of what is to be odd about it."""

from __future__ import annotations

from collections.abc import Sequence

BINS = (45.5, 80.5, 120.5, 200.5)


def nanosight(
    videos: Sequence[float] = (2e8, 2.4e8, 2.2e8), dilution: str = "Not recorded", name: str = "CTRL", sep: str = ",",
    levels: Sequence[int] | None = None, decimal: str = ".", warning: str = "OK", weighting: str = "Number",
    mean: float | None = None, end: str = "\n",
) -> str:  # fmt: skip
    """A summary of NTA 3.x."""

    def row(*cells: object) -> str:
        return sep.join(str(one) for one in cells) + sep

    def shown(value: float) -> str:
        return f"{value:.3e}".replace(".", decimal)

    names = [f"{name} {k:02d}" for k in range(len(videos))]
    own = sum(videos) / len(videos) if mean is None else mean
    spread = [shown(own), shown(1e7)]
    lines = [
        row("NTA Experiment Summary File"),
        row("Created with NTA 3.4 Build 3.4.4"),
        row(""),
        row("[Experiment Details]"),
        row("Software Version", "NTA 3.4"),
        row("Experiment Name", f"{name}.nano"),
        row("Remarks", ""),
        row("Filename:", *names),
        row(""),
        row("[Conditions]"),
        row("Camera Level", *(levels or [14] * len(videos))),
        row(""),
        row("[Results]", *[""] * len(videos), "Average", "Standard Error"),
        row("Dilution factor (concentrations adjusted for this factor)", *[dilution] * len(videos)),
        row("Concentration (Particles / ml)", *map(shown, videos), *spread),
        row("Completed tracks", *[1000] * len(videos)),
        row(""),
        row("[Concentration Warnings]"),
        row("Noise level", *["No"] * len(videos)),
        row("Completed Tracks", warning, *["OK"] * (len(videos) - 1)),
        row(""),
        row("[Size Data]"),
        row("Weighting", weighting),
        row("Filename", *names, "Average", "Standard Error"),
        row("Mean", *[shown(110.0)] * len(videos), shown(110.0), shown(1.0)),
        row("D50", *[shown(100.0)] * len(videos), shown(100.0), shown(1.0)),
        row("Graph Data"),
        row("Bin centre (nm)", *[" Concentration (particles / ml)"] * len(videos), "Concentration average"),
        *(row(shown(nm), *[shown(v / 4) for v in videos], shown(own / 4)) for nm in BINS),
        row(""),
        row("Percentile", *["Size (nm)"] * len(videos)),
        row(0, *[40] * len(videos)),
        row("Weighting", "Volume"),
        row("Mean", *[shown(300.0)] * len(videos)),
        row("Graph Data"),
        row("Bin centre (nm)"),
        row("9", *[7] * len(videos)),
    ]
    return end.join(lines) + end


def zetaview(
    traces: int = 400, dilution: str = "1000.000000", kind: str = "Size Distribution", drift: str = "good",
    second: bool = True, concentrations: Sequence[float] = (1e6, 3e6, 2e6), cell: str = "Dilution::",
) -> str:  # fmt: skip
    """An export of ZetaView."""
    lines = [
        "Original File:\tx.avi\tSection:\t0.1 [0]",
        "Operator:\tXX",
        "ZetaView S/N:\t00-0000",
        "Software:\tZetaView (version 8)",
        "Sample:\tEV F5",
        "Conductivity: 65.0\tsensed",
        f"Particle Drift Check Result:\t{drift}",
        f"Type of Measurement:\t{kind}",
        f"Number of Traces:\t{traces}\t(at 0.1)\tAverage Number of Particles:\t30.6\t{cell}\t{dilution}",
        "Camera Trigger Duration \u00b5s:\tx",
        "Size Distribution",
        "Size / nm\tNumber\tConcentration / cm-3\tVolume / nm^3\tArea / nm^2",
        *(
            f"{nm:.3E}\t{traces * one / sum(concentrations):.3E}\t{one:.3E}\t1.0E+0\t1.0E+0"
            for nm, one in zip((60.0, 100.0, 150.0), concentrations, strict=False)
        ),
    ]
    if second:
        lines += ["-1.000E+0\t-1.000E+0\t-1.000E+0\t-1.000E+0\t0.000E+0"]
        lines += [f"{nm:.3E}\t1.0E+1\t{sum(concentrations):.3E}\t1.0E+0\t1.0E+0" for nm in (80.0,)]
    return "\n".join(lines) + "\n"


POSITIONS = """Use	Position	Mean Int.	Conc. (p./mL)	Orig. Conc. (p./cm^3)	No. of Traces	X50 (nm)	Removal
X	0.10	4.3	1.0E+7	1.0E+10	14	142.5
	0.15	3.7	9.0E+7	9.0E+10	18	102.5	MAX_DRIFT
X	0.40	2.8	2.0E+7	2.0E+10	10	112.5
	Mean	4.3	1.1E+7	1.1E+10	15.0	138.8
	St.Dev.	1.2	1.5E+6	1.5E+9	2.9	19.7
"""

PCR = """* Chemistry = TAQMAN
* Instrument Type = QuantStudio(TM) 7 Flex System

[Results]
Well	Well Position	Omit	Sample Name	Target Name	Task	Reporter	CT	Quantity	Target Name	Task
1	A1	false	S1	let-7	STANDARD	FAM	20.0	100,000.000	let-7	STANDARD
2	A2	false	S2	let-7	STANDARD	FAM	23.4	10,000.000	let-7	STANDARD
3	A3	false	S3	let-7	STANDARD	FAM	26.6	1,000.000	let-7	STANDARD
4	A4	false	S4	let-7	STANDARD	FAM	30.0	100.000	let-7	STANDARD
5	A5	false	EV	let-7	UNKNOWN	FAM	25.0		let-7	UNKNOWN
6	A6	false	EV	let-7	UNKNOWN	FAM	25.2		let-7	UNKNOWN
7	A7	true	EV	let-7	UNKNOWN	FAM	35.0		let-7	UNKNOWN
8	A8	false	blank	let-7	NTC	FAM	Undetermined		let-7	NTC
"""

RELATIVE = """Well,Fluor,Target,Content,Sample,Cq,Starting Quantity (SQ)
A01,FAM,miR-21,Unkn,EV,24.1,NaN
A02,FAM,miR-21,Unkn,EV,24.3,NaN
"""

DPCR = """sep=,
,Sample/NTC/Control,Type,Target,Concentration (copies/\u00b5L),CI (95%),Partitions (valid),Partitions (positive)
A1,EV,Sample,5p,80.0,5.00%,25485,1778
B1,EV 2,Sample,5p,20.0,9.00%,25485,400
C1,NTC,Non Template Control,5p,30.0,8.00%,25485,600
"""

PLATE = "Software Version\t3.1\n\nResults\n\t1\t2\t3\nA\t0.1\tOVRFLW\t0.3\tod:600\nB\t0.4\t0.5\tMISSED\tod:600\n"
KINETIC = "600\n\nTime\tT\u221e 600\tA1\tA2\n0:00:22\t30.0\t0.1\t0.2\n0:04:22\t30.0\t0.11\t0.21\n0:00:00\n0:00:00\n"

BEADS = """"Program","xPONENT"
"Samples","2","Min Events","100","Per Bead"

"Results"

"DataType:","Median"
"Location","Sample","IL-6","TNF","Total Events"
"1(1,A1)","S1","100.5","20","300"
"2(1,B1)","S2","50","10","300"

"DataType:","Count"
"Location","Sample","IL-6","TNF","Total Events"
"1(1,A1)","S1","120","30","300"
"2(1,B1)","S2","110","105","300"

"DataType:","Audit Logs"
"UserId","Date"
"""
