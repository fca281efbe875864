"""Networks from files of other people: what an SBML file says, as data.

    file → `reading` (by libSBML; refuses by name what has no equal) → `file.Kinetics` (quantities, reactions, rules,
    events, units) → `compiler.kinetics`

`expressions` holds the formulas as trees, `measured` the units, `refused` what a file may not say.
"""
