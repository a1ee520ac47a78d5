//! Words as columns of text. A stored word that is none is an error and no surprise.

/// Makes columns of enums that [`words!`](crate::word) made.
macro_rules! word_columns {
    ($($name:ty),* $(,)?) => {
        $(
            impl From<$name> for sea_orm::Value {
                fn from(it: $name) -> Self {
                    it.word().into()
                }
            }

            impl sea_orm::TryGetable for $name {
                fn try_get_by<I: sea_orm::ColIdx>(
                    row: &sea_orm::QueryResult,
                    index: I,
                ) -> Result<Self, sea_orm::TryGetError> {
                    let text = <String as sea_orm::TryGetable>::try_get_by(row, index)?;
                    let found = Self::ALL.iter().copied().find(|it| it.word() == text);
                    found.ok_or_else(|| {
                        sea_orm::DbErr::Type(format!("“{text}” is no {}", stringify!($name))).into()
                    })
                }
            }

            impl sea_orm::sea_query::ValueType for $name {
                fn try_from(value: sea_orm::Value) -> Result<Self, sea_orm::sea_query::ValueTypeErr> {
                    let text = <String as sea_orm::sea_query::ValueType>::try_from(value)?;
                    let found = Self::ALL.iter().copied().find(|it| it.word() == text);
                    found.ok_or(sea_orm::sea_query::ValueTypeErr)
                }

                fn type_name() -> String {
                    stringify!($name).to_owned()
                }

                fn array_type() -> sea_orm::sea_query::ArrayType {
                    sea_orm::sea_query::ArrayType::String
                }

                fn column_type() -> sea_orm::sea_query::ColumnType {
                    sea_orm::sea_query::ColumnType::Text
                }
            }

            impl sea_orm::sea_query::Nullable for $name {
                fn null() -> sea_orm::Value {
                    sea_orm::Value::String(None)
                }
            }
        )*
    };
}
pub(crate) use word_columns;
