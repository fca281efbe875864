"""Projects in the grammar of PhysiCell 1.14, invented here: one with a bit of everything, changed by the tests."""

from __future__ import annotations

from pathlib import Path

SETTINGS = """\
<PhysiCell_settings version="1.14.2">
  <domain>
    <x_min>-100</x_min> <x_max>100</x_max>
    <y_min>-60</y_min> <y_max>60</y_max>
    <z_min>-10</z_min> <z_max>10</z_max>
    <dx>20</dx> <dy>20</dy> <dz>20</dz>
    <use_2D>true</use_2D>
  </domain>
  <overall>
    <max_time units="min">120</max_time>
    <time_units>min</time_units>
    <space_units>micron</space_units>
    <dt_diffusion units="min">0.01</dt_diffusion>
    <dt_mechanics units="min">0.1</dt_mechanics>
    <dt_phenotype units="min">6</dt_phenotype>
  </overall>
  <save>
    <full_data> <interval units="min">60</interval> <enable>true</enable> </full_data>
  </save>
  <options> <virtual_wall_at_domain_edge>true</virtual_wall_at_domain_edge> <random_seed>3</random_seed> </options>
  <microenvironment_setup>
    <variable name="oxygen" units="mmHg" ID="0">
      <physical_parameter_set>
        <diffusion_coefficient units="micron^2/min">100000</diffusion_coefficient>
        <decay_rate units="1/min">0.1</decay_rate>
      </physical_parameter_set>
      <initial_condition units="mmHg">38</initial_condition>
      <Dirichlet_boundary_condition units="mmHg" enabled="true">38</Dirichlet_boundary_condition>
      <Dirichlet_options>
        <boundary_value ID="xmax" enabled="false">0</boundary_value>
        <boundary_value ID="ymin" enabled="false">0</boundary_value>
        <boundary_value ID="ymax" enabled="false">0</boundary_value>
        <boundary_value ID="zmin" enabled="false">0</boundary_value>
        <boundary_value ID="zmax" enabled="false">0</boundary_value>
      </Dirichlet_options>
    </variable>
    <variable name="growth factor" units="dimensionless" ID="1">
      <physical_parameter_set>
        <diffusion_coefficient units="micron^2/min">1000</diffusion_coefficient>
        <decay_rate units="1/min">0</decay_rate>
      </physical_parameter_set>
      <initial_condition units="mmHg">0</initial_condition>
      <Dirichlet_boundary_condition units="mmHg" enabled="false">0</Dirichlet_boundary_condition>
    </variable>
    <options> <calculate_gradients>true</calculate_gradients> </options>
  </microenvironment_setup>
  <cell_definitions>
    <cell_definition name="tumor" ID="0">
      <phenotype>
        <cycle code="5" name="live">
          <phase_transition_rates units="1/min">
            <rate start_index="0" end_index="0" fixed_duration="false">0.001</rate>
          </phase_transition_rates>
        </cycle>
        <death>
          <model code="100" name="apoptosis">
            <death_rate units="1/min">0.0001</death_rate>
            <phase_durations units="min"> <duration index="0" fixed_duration="true">516</duration> </phase_durations>
          </model>
          <model code="101" name="necrosis">
            <death_rate units="1/min">0.003</death_rate>
            <phase_durations units="min">
              <duration index="0" fixed_duration="true">0</duration>
              <duration index="1" fixed_duration="true">86400</duration>
            </phase_durations>
          </model>
        </death>
        <volume>
          <total units="micron^3">2494</total>
          <nuclear units="micron^3">540</nuclear>
        </volume>
        <mechanics>
          <cell_cell_adhesion_strength units="micron/min">0.4</cell_cell_adhesion_strength>
          <cell_cell_repulsion_strength units="micron/min">10</cell_cell_repulsion_strength>
          <relative_maximum_adhesion_distance units="dimensionless">1.25</relative_maximum_adhesion_distance>
          <cell_adhesion_affinities>
            <cell_adhesion_affinity name="tumor">1</cell_adhesion_affinity>
            <cell_adhesion_affinity name="T cell">0.5</cell_adhesion_affinity>
          </cell_adhesion_affinities>
          <attachment_rate units="1/min">0</attachment_rate>
          <attachment_elastic_constant units="1/min">0.01</attachment_elastic_constant>
        </mechanics>
        <motility>
          <speed units="micron/min">0.5</speed>
          <persistence_time units="min">5</persistence_time>
          <migration_bias units="dimensionless">0.25</migration_bias>
          <options>
            <enabled>true</enabled>
            <use_2D>true</use_2D>
            <chemotaxis> <enabled>true</enabled> <substrate>oxygen</substrate> <direction>1</direction> </chemotaxis>
          </options>
        </motility>
        <secretion>
          <substrate name="oxygen"> <uptake_rate units="1/min">10</uptake_rate> </substrate>
          <substrate name="growth factor">
            <secretion_rate units="1/min">0.2</secretion_rate>
            <secretion_target units="substrate density">3</secretion_target>
            <uptake_rate units="1/min">0.05</uptake_rate>
            <net_export_rate units="total substrate/min">40</net_export_rate>
          </substrate>
        </secretion>
        <cell_transformations>
          <transformation_rates> <transformation_rate name="T cell" units="1/min">0.0002</transformation_rate>
          </transformation_rates>
        </cell_transformations>
      </phenotype>
      <custom_data> <oncoprotein units="dimensionless">1.5</oncoprotein> </custom_data>
    </cell_definition>
    <cell_definition name="T cell" ID="1" parent_type="tumor">
      <phenotype>
        <cycle code="5" name="live">
          <phase_transition_rates units="1/min">
            <rate start_index="0" end_index="0" fixed_duration="false">0</rate>
          </phase_transition_rates>
        </cycle>
        <motility>
          <speed units="micron/min">2</speed>
          <options>
            <chemotaxis> <enabled>false</enabled> </chemotaxis>
            <advanced_chemotaxis>
              <enabled>true</enabled>
              <normalize_each_gradient>false</normalize_each_gradient>
              <chemotactic_sensitivities>
                <chemotactic_sensitivity substrate="oxygen">0.5</chemotactic_sensitivity>
                <chemotactic_sensitivity substrate="growth factor">2</chemotactic_sensitivity>
              </chemotactic_sensitivities>
            </advanced_chemotaxis>
          </options>
        </motility>
        <cell_interactions>
          <apoptotic_phagocytosis_rate units="1/min">0.02</apoptotic_phagocytosis_rate>
          <necrotic_phagocytosis_rate units="1/min">0.02</necrotic_phagocytosis_rate>
          <other_dead_phagocytosis_rate units="1/min">0.02</other_dead_phagocytosis_rate>
          <live_phagocytosis_rates> <phagocytosis_rate name="tumor" units="1/min">0.004</phagocytosis_rate>
          </live_phagocytosis_rates>
          <attack_rates> <attack_rate name="tumor" units="1/min">0.1</attack_rate> </attack_rates>
          <attack_damage_rate units="1/min">1</attack_damage_rate>
          <fusion_rates> <fusion_rate name="tumor" units="1/min">0.3</fusion_rate> </fusion_rates>
        </cell_interactions>
        <intracellular type="maboss"> <bnd_filename>./config/cell.bnd</bnd_filename> </intracellular>
      </phenotype>
    </cell_definition>
  </cell_definitions>
  <initial_conditions>
    <cell_positions type="csv" enabled="true">
      <folder>./config</folder> <filename>cells.csv</filename>
    </cell_positions>
  </initial_conditions>
  <cell_rules>
    <rulesets>
      <ruleset protocol="CBHG" version="3.0" format="csv" enabled="true">
        <folder>./config</folder> <filename>cell_rules.csv</filename>
      </ruleset>
    </rulesets>
  </cell_rules>
  <user_parameters> <number_of_cells type="int" units="none">0</number_of_cells> </user_parameters>
</PhysiCell_settings>
"""

RULES = """\
// cell type, signal, direction, behavior, saturation, half-max, Hill power, dead
tumor,oxygen,increases,cycle entry,0.004,21.5,4,0
tumor,growth factor,increases,cycle entry,0.002,1.5,2,0
tumor,pressure,decreases,cycle entry,0,1,4,0
tumor,oxygen,decreases,necrosis,0,3.75,8,0
tumor,oxygen,decreases,growth factor secretion,0.05,10,2,0
T cell,growth factor,increases,transform to tumor,0.01,2,3,0
T cell,contact with tumor,decreases,migration speed,0.1,0.5,2,1
T cell,damage,increases,apoptosis,0.1,5,8,0
T cell,oxygen,increases,attack tumor,0.2,10,4,0
"""

CELLS = "x,y,z,type,custom:oncoprotein\n-90,-50,0,tumor,\n0,0,0,T cell,2.5\n99,59,0,tumor,s\n400,0,0,tumor,\n"


def put(
    folder: Path, settings: str = SETTINGS, rules: str | None = RULES, cells: str | None = CELLS
) -> Path:  # fmt: skip
    """Write a project `trial` below a folder; rules, cells: None leaves the file out. Returns its folder."""
    config = folder / "trial" / "config"
    config.mkdir(parents=True, exist_ok=True)
    (config / "PhysiCell_settings.xml").write_text(settings, encoding="utf-8")
    for name, text in (("cell_rules.csv", rules), ("cells.csv", cells)):
        if text is not None:
            (config / name).write_text(text, encoding="utf-8")
    return folder / "trial"


def changed(*pairs: tuple[str, str]) -> str:
    """The settings with words replaced, each of which has to be there."""
    text = SETTINGS
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


def without_rules() -> str:
    """The settings without rules and places of cells."""
    return changed(
        ('format="csv" enabled="true"', 'format="csv" enabled="false"'),
        ('"csv" enabled="true"', '"csv" enabled="false"'),
    )
