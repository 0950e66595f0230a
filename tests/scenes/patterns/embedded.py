"""Embeds VTK in Qt."""

try:
    from vtkmodules.qt.QVTKRenderWindowInteractor import QVTKRenderWindowInteractor
except ImportError:
    QVTKRenderWindowInteractor = None

widget = QVTKRenderWindowInteractor()
