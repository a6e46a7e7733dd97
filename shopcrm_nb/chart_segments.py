"""Charts of the segments: groups, clusters, moves and what was foreseen, each from one finished frame."""

import pandas as pd
import plotly.graph_objects as go

from shopcrm_nb import glossary, i18n
from shopcrm_nb.absent import needs
from shopcrm_nb.chart import ACTION, CONTEXT, FACT, ROOM_FOR_A_LABEL, SCALE, styled
from shopcrm_nb.i18n import _
