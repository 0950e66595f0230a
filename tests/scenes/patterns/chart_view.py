"""A view, whose window and interactor VTK makes in C++."""

import vtkmodules.vtkRenderingContextOpenGL2  # noqa: F401
from vtkmodules.vtkChartsCore import vtkChart, vtkChartXY
from vtkmodules.vtkCommonCore import vtkFloatArray
from vtkmodules.vtkCommonDataModel import vtkTable
from vtkmodules.vtkViewsContext2D import vtkContextView

table = vtkTable()
for name in ("x", "y"):
    column = vtkFloatArray()
    column.SetName(name)
    table.AddColumn(column)
table.SetNumberOfRows(20)
for row in range(20):
    table.SetValue(row, 0, row)
    table.SetValue(row, 1, row * row)
view = vtkContextView()
view.GetRenderer().SetBackground(1, 1, 1)
chart = vtkChartXY()
view.GetScene().AddItem(chart)
chart.AddPlot(vtkChart.LINE).SetInputData(table, 0, 1)
view.GetRenderWindow().SetMultiSamples(0)
ticks = []
view.GetInteractor().Initialize()
view.GetInteractor().AddObserver("TimerEvent", lambda _caller, _event: ticks.append(1))
view.GetInteractor().CreateRepeatingTimer(20)
view.GetInteractor().Start()
